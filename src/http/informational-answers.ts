import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

const [CR, LF, SPACE] = [13, 10, 32];
const [ZERO, ONE, THREE, X] = [48, 49, 51, 120];
const PROTOCOL = Buffer.from('HTTP/1.');
/** Where the three digits of the status stand in `HTTP/1.1 100`. */
const STATUS = PROTOCOL.length + 2;

/**
 * A connector whose connections pass over a `100 Continue` that nobody asked for, as RFC 9110 (15.2)
 * wants of every client. undici passes over all informational answers but that one, for which it
 * gives the connection up, although the request may have been acted upon.
 */
export function passingOverContinue(connect: buildConnector.connector): buildConnector.connector {
  return (target, callback) =>
    connect(target, (...[error, socket]) => {
      if (error) return callback(error, null);
      passOverContinue(socket);
      callback(null, socket);
    });
}

/**
 * Shows whoever reads this connection every 100 as a 103, and informational answers without the
 * headers that would end the connection: byte for byte of the same length. The final answer is not
 * touched, nor a 101, which nobody may send unasked. Needs one request at a time.
 */
function passOverContinue(socket: Socket): void {
  const reader = new InformationalAnswers();
  const push = socket.push.bind(socket);
  const { write } = socket;
  socket.push = (chunk: unknown, encoding) => {
    if (Buffer.isBuffer(chunk)) reader.rewrite(chunk);
    return push(chunk, encoding);
  };
  socket.write = (...request: unknown[]) => {
    reader.expectAnswer();
    return Reflect.apply(write, socket, request);
  };
}

/** Follows the answers to one request up to the final one. */
class InformationalAnswers {
  /** `line`: within a status line; `head`: in the rest of an informational answer. */
  private state: 'line' | 'head' | 'final' = 'line';
  /** Bytes of the present line. */
  private position = 0;
  private secondDigit = 0;

  /** A request leaves: what comes next begins with a status line. */
  expectAnswer(): void {
    if (this.state === 'final') this.begin('line');
  }

  rewrite(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && this.state !== 'final'; at += 1) {
      const byte = chunk[at] ?? 0;
      chunk[at] = this.state === 'head' ? this.readHead(byte) : this.readLine(byte);
    }
  }

  /** `Connection: close` becomes `xonnection: close`. Ends with the empty line, also of a bare LF. */
  private readHead(byte: number): number {
    if (byte === LF) this.begin(this.position === 0 ? 'line' : 'head');
    if (byte === LF || byte === CR) return byte;
    this.position += 1;
    return this.position === 1 ? X : byte;
  }

  private readLine(byte: number): number {
    // Empty lines before a status line are skipped by undici's parser as well.
    if (this.position === 0 && (byte === CR || byte === LF)) return byte;
    const at = this.position;
    this.position += 1;
    if (at === STATUS + 1) this.secondDigit = byte;
    if (at === STATUS + 2) return this.readLastDigit(byte);
    if (!isExpected(byte, at)) this.state = 'final';
    return byte;
  }

  private readLastDigit(byte: number): number {
    const changesProtocol = this.secondDigit === ZERO && byte === ONE;
    this.state = changesProtocol ? 'final' : 'head';
    return this.secondDigit === ZERO && byte === ZERO ? THREE : byte;
  }

  private begin(state: 'line' | 'head'): void {
    this.state = state;
    this.position = 0;
  }
}

/** Whether `HTTP/1.1 1xx` may have this byte at this place. */
function isExpected(byte: number, at: number): boolean {
  if (at < PROTOCOL.length) return byte === PROTOCOL[at];
  if (at === STATUS - 1) return byte === SPACE;
  return at !== STATUS || byte === ONE;
}
