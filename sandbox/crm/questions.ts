import type { RouterApi } from './router-api.ts';
import type { Content } from './send.ts';

/** Where a message would go. */
export type Destination = { channel: string; customer_id: string };

/** Any UUID: what a channel can do does not depend on the message. */
const SOME_MESSAGE = '00000000-0000-4000-8000-000000000000';

/** Each as a content that the router would take if the channel has such a thing. */
const ABILITIES = {
  reaction: { type: 'reaction', message_id: SOME_MESSAGE, emoji: '👍' },
  edit: { type: 'edit', message_id: SOME_MESSAGE, text: 'x' },
  template: { type: 'template', name: 'x', language: 'en_US' },
};

/** Answers for the page carry either the router's words or a `problem`; none of them is an error. */
type Reply = Record<string, unknown>;

/** `POST /api/v1/messages/check`: how a message, or any message at all, would fare. */
export async function check(
  router: RouterApi,
  { channel, customer_id: recipient }: Destination,
  content?: Content,
): Promise<Reply> {
  const answer = await router.ask('POST', '/api/v1/messages/check', {
    ...{ account_id: router.accountOn(channel), recipient },
    ...(content && { content }),
  });
  return 'problem' in answer ? answer : answer.body;
}

/** Which kinds the channel takes beside texts and files; null where the router did not say. */
export async function abilities(router: RouterApi, to: Destination): Promise<Reply> {
  const asked = Object.entries(ABILITIES).map(async ([name, content]) => {
    const { problems } = await check(router, to, content);
    if (!Array.isArray(problems)) return [name, null];
    return [name, problems.every(({ code }) => code !== 'content_unsupported')];
  });
  return Object.fromEntries(await Promise.all(asked));
}

/** `GET /api/v1/accounts/{id}/templates`. */
export async function templates(router: RouterApi, channel: string): Promise<Reply> {
  const account = encodeURIComponent(router.accountOn(channel));
  const answer = await router.ask('GET', `/api/v1/accounts/${account}/templates`);
  return 'problem' in answer ? { data: [], ...answer } : answer.body;
}
