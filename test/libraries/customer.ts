import { type Answer, request, until } from '../sandbox/http.ts';

/** What every update of Telegram may be asked for by name. */
export const ALLOWED = [
  ...['message', 'edited_message', 'callback_query', 'message_reaction', 'my_chat_member'],
];

/** Somebody who writes to the bot of one library. */
export type Place = { sandbox: string; account: string; customer: string; group: string };

async function control(
  { sandbox, account }: Place,
  path: string,
  body: object = {},
): Promise<Answer['body']> {
  const url = `${sandbox}/control${path}`;
  const answer = await request('POST', url, { account, ...body });
  if (answer.status !== 200)
    throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** The customer presses Start, and the bot comes into a group. */
export async function openTelegram(place: Place): Promise<void> {
  const { customer, group } = place;
  await control(place, `/telegram/customers/${customer}/messages`, {
    ...{ text: '/start', name: 'Ann Lee', username: 'ann' },
  });
  await request('PUT', `${place.sandbox}/control/telegram/customers/${customer}`, {
    ...{ account: place.account, photo: true },
  });
  await control(place, `/telegram/customers/${group}/join`, { from: customer });
  await control(place, `/telegram/customers/${group}/promote`, { from: customer });
}

/** Every kind of message and of update once; returns how many there were. */
export async function playEverything(place: Place): Promise<number> {
  const { sandbox, customer, group } = place;
  const act = (who: string, verb: string, body?: object) =>
    control(place, `/telegram/customers/${who}/${verb}`, body);
  const listed = await request('GET', `${sandbox}/control/telegram/samples`);
  const samples = listed.body['data'] as { sample: string }[];
  for (const { sample } of samples) await act(customer, 'messages', { sample });
  for (const type of ['photo', 'video', 'audio', 'voice', 'animation', 'document', 'sticker'])
    await act(customer, 'messages', { attachments: [{ type }] });
  const { message_id: id } = await act(customer, 'messages', { text: 'hello' });
  await act(customer, 'edit', { message_id: Number(id), text: 'bye' });
  await act(customer, 'reactions', { message_id: Number(id), emoji: '👍' });
  await act(customer, 'callback', { data: 'y' });
  await act(group, 'promote', { from: customer, status: 'member' });
  await act(group, 'promote', { from: customer });
  await act(customer, 'block');
  await act(customer, 'unblock');
  return samples.length + 15;
}

/** Writes `ping` and waits until the bot has answered `pong` once more. */
export async function playEcho(place: Place, platform: 'telegram' | 'whatsapp'): Promise<void> {
  const path = `/${platform}/customers/${place.customer}`;
  const answers = async () => {
    const url = `${place.sandbox}/control${path}?account=${place.account}`;
    return JSON.stringify((await request('GET', url)).body).split('"pong"').length;
  };
  const before = await answers();
  await control(place, `${path}/messages`, { text: 'ping' });
  await until('the bot answered', async () => (await answers()) > before, 15_000);
}

/** Every kind of message of WhatsApp once, and what becomes of one. */
export async function playSamples(place: Place): Promise<void> {
  const path = `/whatsapp/customers/${place.customer}`;
  const listed = await request('GET', `${place.sandbox}/control/whatsapp/samples`);
  const samples = listed.body['data'] as { sample: string }[];
  for (const { sample } of samples) await control(place, `${path}/messages`, { sample });
  for (const type of ['image', 'video', 'audio', 'document', 'sticker'])
    await control(place, `${path}/messages`, { media: { type } });
  const { message_id: id } = await control(place, `${path}/messages`, { text: 'hello' });
  await control(place, `${path}/edit`, { message_id: id, text: 'bye' });
  await control(place, `${path}/revoke`, { message_id: id });
  await control(place, `${path}/read`);
}
