import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, Dispatcher } from 'undici';

export type HttpPost = {
  url: URL;
  headers: Record<string, string>;
  body: Uint8Array;
  /** Bytes of the answer after which it counts as complete and the connection is closed. */
  maxAnswerBytes: number;
  /** Bytes of the answer to keep. */
  keepBytes: number;
};

export type HttpReply = { statusCode: number; headers: IncomingHttpHeaders; body: Buffer };

/**
 * One POST and its answer, without retries or redirects. Rejects with undici's error when there is
 * no complete answer, and with the signal's reason, at once, when it is aborted.
 *
 * A handler instead of undici's `request`: that one hands the body out as a stream, which a stray
 * byte after a complete answer still turns into an error.
 */
export function postOverHttp(
  agent: Agent,
  post: HttpPost,
  signal: AbortSignal,
): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    // undici can abort only what is on a connection; while it dials, the caller goes free here.
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    agent.dispatch(
      {
        origin: post.url.origin,
        path: post.url.pathname + post.url.search,
        method: 'POST',
        headers: post.headers,
        body: post.body,
      },
      replyHandler(post, signal, resolve, reject),
    );
  });
}

function replyHandler(
  { maxAnswerBytes, keepBytes }: HttpPost,
  signal: AbortSignal,
  resolve: (reply: HttpReply) => void,
  reject: (error: unknown) => void,
): Dispatcher.DispatchHandler {
  const reply: Omit<HttpReply, 'body'> = { statusCode: 0, headers: {} };
  const kept: Buffer[] = [];
  let total = 0;
  const finish = () => resolve({ ...reply, body: Buffer.concat(kept) });
  return {
    onRequestStart(controller) {
      const stop = () => controller.abort(new Error('The post was given up'));
      // Given up while it was dialled: the request must not leave any more.
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    },
    onResponseStart(_, statusCode, headers) {
      Object.assign(reply, { statusCode, headers });
      // Complete with its headers. A body that a server sends all the same is an error to undici.
      if (statusCode === 204 || statusCode === 304) finish();
    },
    onResponseData(controller, chunk) {
      if (total < keepBytes) kept.push(Buffer.from(chunk.subarray(0, keepBytes - total)));
      total += chunk.length;
      if (total < maxAnswerBytes) return;
      finish();
      controller.abort(new Error('The answer is longer than what is read of it'));
    },
    onResponseEnd: finish,
    onResponseError: (_, error) => reject(error),
  };
}
