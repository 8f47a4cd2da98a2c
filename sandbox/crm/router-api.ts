import { RequestError } from '../http.ts';
import type { Wiring } from '../wiring.ts';

/** A refusal of the router, as a code for programs and a sentence for people. */
export type Problem = { code: string; message: string };

type Json = Record<string, unknown>;

/** The router's API with the demo CRM's key, which never leaves this process. */
export type RouterApi = {
  /** The router's account on this channel. Throws {@link RequestError} 409 while none is wired. */
  accountOn(channel: string): string;
  /** The body of a 2xx, or what was wrong. Throws only {@link RequestError} 409. */
  ask(method: string, path: string, body?: object): Promise<{ body: Json } | { problem: Problem }>;
  /** The answer as it is, redirects included. Rejects when the router is not there. */
  fetch(path: string): Promise<Response>;
};

/** Milliseconds the router has to answer. */
const TIMEOUT = 10_000;

/** Reads the wiring at every call, so that it may change at any time. */
export function createRouterApi(wiring: Pick<Wiring, 'get' | 'accountOn'>): RouterApi {
  async function call(method: string, path: string, body?: object): Promise<Response> {
    const { api_url: url, api_key: key } = wiring.get();
    if (!url || !key) throw notConnected();
    return fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    });
  }
  return {
    accountOn(channel) {
      const { api_url: url, api_key: key } = wiring.get();
      const accountId = wiring.accountOn(channel);
      if (!url || !key || !accountId) throw notConnected();
      return accountId;
    },
    fetch: (path) => call('GET', path),
    async ask(method, path, body) {
      let answer: Response;
      try {
        answer = await call(method, path, body);
      } catch (error) {
        if (error instanceof RequestError) throw error;
        return { problem: UNREACHABLE };
      }
      const json = (await answer.json().catch(() => ({}))) as Json;
      return answer.ok ? { body: json } : { problem: problemOf(json, answer.status) };
    },
  };
}

const UNREACHABLE = {
  code: 'router_unreachable',
  message: 'The router does not answer. Is it running?',
};

function notConnected(): RequestError {
  return new RequestError(409, 'No router is connected yet: PUT /control/router first.');
}

/** Of a problem document (RFC 9457) what a person needs; the place in our request is not theirs. */
function problemOf(document: Json, status: number): Problem {
  const said = document['detail'] ?? document['title'] ?? `The router answered ${status}.`;
  const sentence = String(said).replace(/^body \/[^:]*: /, '');
  return {
    code: String(document['code'] ?? status),
    message: sentence.charAt(0).toUpperCase() + sentence.slice(1),
  };
}
