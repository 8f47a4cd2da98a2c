import type { Ctx } from '../http.ts';
import { parameter, pickFields } from '../meta/tokens.ts';
import { refusals } from './errors.ts';
import type { Account, DirectMessage, InstagramState, Thread } from './state.ts';

/** What the Graph API knows of a message; another field refuses the whole call. */
const FIELDS = new Set([
  'id',
  'created_time',
  'from',
  'to',
  'message',
  'attachments',
  'shares',
  'story',
  'reply_to',
  'is_unsupported',
]);

/** `GET /{message id}`: a message of one of the account's threads; undefined: there is none. */
export function messageById(
  state: InstagramState,
  account: Account,
  mid: string,
  ctx: Ctx,
): object | undefined {
  for (const thread of state.threads.values()) {
    if (thread.accountId !== account.id) continue;
    const message = thread.messages.find((each) => each.mid === mid);
    // What was taken back is gone for everybody.
    if (message?.deleted) throw refusals.unknownObject(mid);
    if (message) return describe(account, thread, message, ctx);
  }
  return undefined;
}

function describe(account: Account, thread: Thread, message: DirectMessage, ctx: Ctx): object {
  const unknown = (parameter(ctx, 'fields') ?? '')
    .split(',')
    .find((field) => field && !FIELDS.has(field));
  if (unknown)
    throw refusals.parameter(`(#100) Tried accessing nonexisting field (${unknown}) on node type`);
  const customer = { id: thread.customerId, username: thread.username };
  const business = { id: account.id, username: account.username };
  const ours = message.from === 'business';
  const all = {
    id: message.mid,
    // Graph writes the zone without a colon.
    created_time: new Date(message.at).toISOString().replace(/\.\d+Z$/, '+0000'),
    from: ours ? business : customer,
    to: { data: [ours ? customer : business] },
    message: message.text ?? '',
    ...(message.media.length > 0 && { attachments: { data: message.media.map(asAttachment) } }),
    ...(message.replyTo && { reply_to: { mid: message.replyTo } }),
    ...(message.unsupported && { is_unsupported: true }),
  };
  return pickFields(all, ctx, 'id,created_time');
}

function asAttachment({ type, url, title }: DirectMessage['media'][number]): object {
  if (type === 'image') return { mime_type: 'image/jpeg', image_data: { url } };
  if (type === 'video') return { mime_type: 'video/mp4', video_data: { url } };
  return { mime_type: 'application/octet-stream', name: title ?? 'file', file_url: url };
}
