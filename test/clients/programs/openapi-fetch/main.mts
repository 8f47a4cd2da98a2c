import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

/** Writes to a customer with what openapi-typescript made of the document, and prints what came. */

const env = (name: string): string => process.env[name] ?? '';
const client = createClient<paths>({
  baseUrl: env('API_URL'),
  headers: { authorization: `Bearer ${env('API_KEY')}` },
});

function need<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

const account_id = env('ACCOUNT_ID');
const text: components['schemas']['SendMessageRequest'] = {
  account_id,
  recipient_id: env('CUSTOMER'),
  message: env('TEXT'),
};
const first = need(await client.POST('/api/v1/messages/send', { body: text }));
const content: components['schemas']['TextContent'] = { type: 'text', text: env('OTHER_TEXT') };
const { conversation_id } = first;
const second = need(await client.POST('/api/v1/messages', { body: { conversation_id, content } }));

async function untilSent(message_id: string): Promise<string> {
  const path = { message_id };
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await client.GET('/api/v1/messages/{message_id}/status', { params: { path } });
    const { status } = need(answer);
    if (status !== 'pending') return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 'pending';
}

const message_ids = [first.message_id, second.message_id];
const statuses: string[] = [];
for (const id of message_ids) statuses.push(await untilSent(id));
const lists = need(
  await client.GET('/api/v1/conversations', { params: { query: { account_id, limit: 100 } } }),
);
const history = need(
  await client.GET('/api/v1/conversations/{conversation_id}/messages', {
    params: { path: { conversation_id } },
  }),
);
const unknown = await client.GET('/api/v1/messages/{message_id}', {
  params: { path: { message_id: '00000000-0000-4000-8000-000000000000' } },
});
console.log(
  JSON.stringify({
    message_ids,
    conversation_id,
    statuses,
    listed: lists.data.some((each) => each.conversation_id === conversation_id),
    texts: history.data.sort((a, b) => a.position - b.position).map((message) => message.text),
    error: unknown.error?.code,
  }),
);
