import type { Dispatcher } from 'undici';
import type { PlatformCall, PlatformHeaders, PlatformResult } from './platform-http.ts';

/**
 * One call on its way: the handler that undici tells what happens. The whole point is `left`,
 * which turns true before undici can write the first byte. Errors do not tell: a reset has the
 * same code before and after the request went out.
 */
export class PlatformExchange implements Dispatcher.DispatchHandler {
  private readonly call: PlatformCall;
  private readonly maxAnswerBytes: number;
  private readonly resolve: (result: PlatformResult) => void;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private status = 0;
  private headers: PlatformHeaders = {};
  private left = false;
  private ended = false;
  private controller: Dispatcher.DispatchController | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    call: PlatformCall,
    maxAnswerBytes: number,
    resolve: (result: PlatformResult) => void,
  ) {
    this.call = call;
    this.maxAnswerBytes = maxAnswerBytes;
    this.resolve = resolve;
  }

  /** Starts the clock. False if the deadline has passed: nothing may be dispatched. */
  begin(): boolean {
    const rest = this.call.deadline - performance.now();
    if (rest <= 0) this.give('DEADLINE');
    else this.arm(rest, 'DEADLINE');
    return rest > 0;
  }

  /** Ends the call without an answer; the connection, if there is one, is thrown away. */
  give(code: string): void {
    this.settle({ kind: this.left ? 'lost' : 'unreachable', code });
    this.controller?.abort(new Error(code));
  }

  /** undici has a connection and writes as soon as this returns. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (performance.now() >= this.call.deadline) return this.give('DEADLINE');
    // Ended: given up while waiting for a connection. Left: undici is about to write it again.
    if (this.ended || this.left) return this.give('ABANDONED');
    try {
      this.call.onLeaving?.();
    } catch (error) {
      return this.give(codeOf(error));
    }
    this.left = true;
    const rest = this.call.deadline - performance.now();
    if (this.call.answerTimeoutMs < rest) this.arm(this.call.answerTimeoutMs, 'ANSWER_TIMEOUT');
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: PlatformHeaders,
  ): void {
    // 1xx announces an answer, it is none.
    if (status < 200) return;
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > this.maxAnswerBytes) return this.give('ANSWER_TOO_LARGE');
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const { status, headers } = this;
    this.settle({ kind: 'answer', status, headers, body: Buffer.concat(this.chunks) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.give(codeOf(error));
  }

  private arm(ms: number, code: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.give(code), ms);
  }

  private settle(result: PlatformResult): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    this.resolve(result);
  }
}

/** Only the code of an error: messages of HTTP clients hold addresses, and some hold headers. */
export function codeOf(error: unknown): string {
  const parts = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const found = [error, ...parts]
    .map((part) => (part as { code?: unknown } | null)?.code)
    .find((code) => typeof code === 'string');
  return found ?? (error instanceof Error ? error.name : 'UNKNOWN');
}
