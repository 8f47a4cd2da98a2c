import type { Readable } from 'node:stream';
import { Agent, buildConnector } from 'undici';
import type { Dispatcher } from 'undici';
import { passingOverContinue } from '../http/informational-answers.ts';
import { PlatformDownload } from './platform-download.ts';
import { codeOf, PlatformExchange } from './platform-exchange.ts';

/** One HTTP call to a platform. */
export type PlatformCall = {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  /** Sent as a JSON body; left out, the request has no body. */
  json?: unknown;
  /** Absolute, in milliseconds of `performance.now()`: the last byte of the answer must be in. */
  deadline: number;
  /** Milliseconds from the first byte that leaves to the last byte of the answer. */
  answerTimeoutMs: number;
  /** Called once, just before the first byte may leave. If it throws, nothing leaves. */
  onLeaving?: (() => void) | undefined;
};

/**
 * How a call ended. `unreachable`: no byte of the request left this machine, so the platform
 * cannot have acted on it. `lost`: bytes may have left and no whole answer came back, so nobody
 * here can know whether the platform acted. `code` is the system's or undici's error code, or one
 * of `DEADLINE`, `ANSWER_TIMEOUT`, `ANSWER_TOO_LARGE`.
 */
export type PlatformResult =
  | { kind: 'answer'; status: number; headers: PlatformHeaders; body: Buffer }
  | { kind: 'unreachable'; code: string }
  | { kind: 'lost'; code: string };

/** A GET whose answer is read as it comes: a file. */
export type OpenCall = {
  url: string;
  headers?: Record<string, string>;
  /** Absolute, in milliseconds of `performance.now()`: the last byte of the file must be in. */
  deadline: number;
  /** Milliseconds without a byte after which it is given up, unless it is us who do not read. */
  idleTimeoutMs: number;
};

/**
 * An answer whose body is still coming. Whoever takes it reads `body` to its end or destroys it. A
 * body that breaks off ends with an error, never as if it were whole; its `code` is as above, or
 * `IDLE`.
 */
export type OpenedAnswer =
  | { kind: 'answer'; status: number; headers: PlatformHeaders; body: Readable }
  | { kind: 'unreachable'; code: string };

/** Lower-case names. */
export type PlatformHeaders = Record<string, string | string[] | undefined>;

export type PlatformHttp = {
  /** Makes one call and never a second one. Never throws. */
  call(call: PlatformCall): Promise<PlatformResult>;
  /** Opens a file. Never throws. */
  open(call: OpenCall): Promise<OpenedAnswer>;
  /** Closes the kept connections; calls under way end first. */
  close(): Promise<void>;
};

export type PlatformHttpOptions = {
  /** Bytes of an answer's body that are read at most; default 1 MiB. */
  maxAnswerBytes?: number;
  /** Milliseconds for DNS, TCP and TLS together; default 5000. */
  connectTimeoutMs?: number;
  /** Connections per origin; more calls than that wait their turn. No limit unless it is given. */
  connections?: number;
};

/**
 * A client with kept-alive connections per origin. It follows no redirect, opens no compressed
 * answer and repeats nothing.
 */
export function createPlatformHttp(options: PlatformHttpOptions = {}): PlatformHttp {
  const maxAnswerBytes = options.maxAnswerBytes ?? 1024 * 1024;
  const agent = new Agent({
    // Files that are slow to come, and one account's calls that hang, would hold up all others.
    connections: options.connections ?? null,
    pipelining: 1,
    connect: passingOverContinue(
      buildConnector({ timeout: options.connectTimeoutMs ?? 5000, allowH2: false }),
    ),
    // Our own timers rule: undici's count from the last byte, so a dripping server escapes them.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Well under what platforms keep open, so that a request seldom meets a connection that the
    // other side is just closing; that would be a lost answer.
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 30_000,
    keepAliveTimeoutThreshold: 2000,
  });
  return {
    call: (call) => new Promise((resolve) => start(agent, call, maxAnswerBytes, resolve)),
    open: (call) => new Promise((resolve) => startDownload(agent, call, resolve)),
    close: () => agent.close(),
  };
}

function start(
  agent: Agent,
  call: PlatformCall,
  maxAnswerBytes: number,
  resolve: (result: PlatformResult) => void,
): void {
  const exchange = new PlatformExchange(call, maxAnswerBytes, resolve);
  try {
    const options = optionsOf(call.url, {
      ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    });
    if (!exchange.begin()) return;
    const body = call.json === undefined ? null : JSON.stringify(call.json);
    agent.dispatch({ ...options, method: call.method, body }, exchange);
  } catch (error) {
    exchange.give(codeOf(error));
  }
}

function startDownload(
  agent: Agent,
  call: OpenCall,
  resolve: (answer: OpenedAnswer) => void,
): void {
  const download = new PlatformDownload(call, resolve);
  try {
    const options = optionsOf(call.url, { accept: '*/*', ...call.headers });
    if (download.begin()) agent.dispatch({ ...options, method: 'GET' }, download);
  } catch (error) {
    download.give(codeOf(error));
  }
}

function optionsOf(
  address: string,
  headers: Record<string, string>,
): Pick<Dispatcher.DispatchOptions, 'path' | 'headers' | 'idempotent'> & { origin: string } {
  const url = new URL(address);
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headers },
    // undici may repeat a request that it believes to be idempotent.
    idempotent: false,
  };
}
