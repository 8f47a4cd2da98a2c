import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ChannelEvent, WebhookRequest } from '../../../src/channels/channel.ts';
import { parseJson, Seen } from './schema.ts';

/** Whether the keeper's key sealed these bytes. Constant time; false for anything missing. */
export function isSealed({ headers, body, account }: WebhookRequest): boolean {
  const key = account?.credentials['keeper_key'];
  const seal = headers['smoke-seal'];
  if (!key || typeof seal !== 'string' || !/^[0-9a-f]{64}$/.test(seal)) return false;
  const expected = createHmac('sha256', key).update(body).digest();
  return timingSafeEqual(Buffer.from(seal, 'hex'), expected);
}

/** One puff per webhook. Never throws. */
export function receive({ body, account }: WebhookRequest): ChannelEvent[] {
  const accountExternalId = account?.externalId ?? null;
  const seen = Seen.safeParse(parseJson(body)).data;
  if (!seen) {
    const key = createHash('sha256').update(body).digest('hex');
    return [{ kind: 'unreadable', accountExternalId, key, at: null }];
  }
  return [
    {
      kind: 'message',
      accountExternalId,
      key: `message:${seen.puff}`,
      at: seen.lit_at,
      platformMessageId: seen.puff,
      customer: { externalId: seen.from, username: null, name: seen.name },
      content: {
        type: seen.words === null ? 'unsupported' : 'text',
        text: seen.words,
        attachments: [],
      },
      replyTo: null,
    },
  ];
}
