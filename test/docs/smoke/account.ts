import type { ChannelAccount, NewAccount } from '../../../src/channels/channel.ts';
import { ChannelError } from '../../../src/channels/channel.ts';
import type { PlatformCall } from '../../../src/channels/platform-http.ts';
import { channelErrorOf, failureOf } from './errors.ts';
import { Fire, parseJson } from './schema.ts';
import { authorization, type SmokeCalls } from './send.ts';

/** Whose the key is. Throws {@link ChannelError}. */
export async function askFire(calls: SmokeCalls, account: NewAccount): Promise<string> {
  const answer = await ask(calls, account, { method: 'GET', url: `${calls.apiUrl}/fire` });
  const fire = Fire.safeParse(answer).data;
  if (fire) return fire.fire;
  throw new ChannelError('unreachable', 'UNREADABLE', 'Smoke answered in another form.');
}

/** Has what is seen told to `webhookUrl`. Throws {@link ChannelError}. */
export async function watch(
  calls: SmokeCalls,
  account: ChannelAccount,
  webhookUrl: string | null,
): Promise<void> {
  if (webhookUrl === null)
    throw new ChannelError('refused', 'no_public_url', 'Smoke needs an address: set PUBLIC_URL.');
  const json = { url: webhookUrl };
  await ask(calls, account, { method: 'POST', url: `${calls.apiUrl}/watch`, json });
}

/** Ends that. Throws {@link ChannelError}. */
export async function stopWatching(calls: SmokeCalls, account: ChannelAccount): Promise<void> {
  await ask(calls, account, { method: 'DELETE', url: `${calls.apiUrl}/watch` });
}

const TIMEOUT_MS = 10_000;

async function ask(
  calls: SmokeCalls,
  account: NewAccount,
  call: Pick<PlatformCall, 'method' | 'url' | 'json'>,
): Promise<unknown> {
  const result = await calls.http.call({
    ...call,
    headers: authorization(account),
    deadline: performance.now() + TIMEOUT_MS,
    answerTimeoutMs: TIMEOUT_MS,
  });
  if (result.kind === 'answer' && result.status === 200) return parseJson(result.body);
  throw channelErrorOf(failureOf(result));
}
