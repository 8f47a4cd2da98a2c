import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { codeOf } from './platform-exchange.ts';
import type { OpenCall, OpenedAnswer, PlatformHeaders } from './platform-http.ts';

/**
 * One file on its way: the handler that undici tells what happens. The answer is given as soon as
 * its headers are in; after that a failure ends the body with an error. Bytes are taken from the
 * connection only as fast as the body is read.
 */
export class PlatformDownload implements Dispatcher.DispatchHandler {
  private readonly call: OpenCall;
  private readonly resolve: (answer: OpenedAnswer) => void;
  private controller: Dispatcher.DispatchController | undefined;
  private body: Readable | undefined;
  private ended = false;
  private deadline: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;

  constructor(call: OpenCall, resolve: (answer: OpenedAnswer) => void) {
    this.call = call;
    this.resolve = resolve;
  }

  /** Starts the clocks. False if the deadline has passed: nothing may be dispatched. */
  begin(): boolean {
    const rest = this.call.deadline - performance.now();
    if (rest <= 0) this.give('DEADLINE');
    else this.deadline = setTimeout(() => this.give('DEADLINE'), rest);
    this.awaitBytes();
    return rest > 0;
  }

  /** Ends the call or, when its answer was given, the body. */
  give(code: string): void {
    if (this.ended) return;
    this.stop();
    this.controller?.abort(new Error(code));
    if (this.body) this.body.destroy(Object.assign(new Error(code), { code }));
    else this.resolve({ kind: 'unreachable', code });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.ended) controller.abort(new Error('ABANDONED'));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: PlatformHeaders,
  ): void {
    // 1xx announces an answer, it is none.
    if (status < 200 || this.ended) return;
    this.awaitBytes();
    this.body = new Readable({
      read: () => {
        if (!this.ended) this.awaitBytes();
        controller.resume();
      },
      destroy: (error, done) => {
        // The one who reads has had enough: the rest must not come in unread.
        if (!this.ended) controller.abort(error ?? new Error('ABANDONED'));
        this.stop();
        done(error);
      },
    });
    this.resolve({ kind: 'answer', status, headers, body: this.body });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.awaitBytes();
    if (this.ended || this.body?.push(chunk) !== false) return;
    // A slow reader is not a silent server.
    clearTimeout(this.idle);
    controller.pause();
  }

  onResponseEnd(): void {
    this.stop();
    this.body?.push(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.give(codeOf(error));
  }

  private awaitBytes(): void {
    clearTimeout(this.idle);
    if (!this.ended) this.idle = setTimeout(() => this.give('IDLE'), this.call.idleTimeoutMs);
  }

  private stop(): void {
    this.ended = true;
    clearTimeout(this.deadline);
    clearTimeout(this.idle);
  }
}
