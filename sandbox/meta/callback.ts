import { randomInt } from 'node:crypto';
import { RequestError } from '../http.ts';

export type CallbackCheck = { url: string; verifyToken: string };

/**
 * The check Meta makes before it takes a callback URL: a GET that must answer 200 with exactly the
 * challenge. Returns the URL; throws {@link RequestError} 400 that says what came instead.
 */
export async function registerCallback({ url, verifyToken }: CallbackCheck): Promise<string> {
  const challenge = String(randomInt(1_000_000_000));
  const address = new URL(url);
  address.searchParams.set('hub.mode', 'subscribe');
  address.searchParams.set('hub.challenge', challenge);
  address.searchParams.set('hub.verify_token', verifyToken);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(5000) });
    text = await answer.text();
  } catch {
    throw new RequestError(400, 'The callback URL could not be reached.');
  }
  if (answer.status === 200 && text === challenge) return url;
  throw new RequestError(400, 'The callback URL could not be validated.', [
    `expected: 200 with the bare challenge; it answered ${answer.status}` +
      (answer.status === 200 ? ' with another text' : '; is its verify token the same?'),
  ]);
}
