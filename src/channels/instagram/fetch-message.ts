import { z } from 'zod';
import { ChannelError, type ChannelAccount, type FetchedMessage } from '../channel.ts';
import { idOf, text, url } from '../meta-json.ts';
import { ask } from './account.ts';
import { receive } from './receive.ts';
import { graphUrl } from './schema.ts';
import type { InstagramCalls } from './send.ts';

/** What Meta documents for Instagram login; the others stand on the page of the older login. */
const DOCUMENTED = 'id,created_time,from,to,message';
const ALL = `${DOCUMENTED},attachments,shares,story,reply_to,is_unsupported`;

const UserId = idOf(128);
const link = z.object({ url: url }).nullish().catch(null);
const story = z
  .object({ link: url, id: idOf(512).nullish().catch(null) })
  .nullish()
  .catch(null);

/** Lists whose odd items can be passed over. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .object({ data: z.array(item.nullable().catch(null as never)) })
    .transform(({ data }) => data.filter((each) => each !== null))
    .nullish()
    .catch(null);

/** `GET /{message id}`. */
const MessageAnswer = z.object({
  id: idOf(512),
  created_time: text.nullish().catch(null),
  from: z.object({ id: UserId }),
  to: listOf(z.object({ id: UserId })),
  message: text.nullish().catch(null),
  attachments: listOf(
    z.object({
      image_data: link,
      video_data: link,
      file_url: url,
      name: text.nullish().catch(null),
    }),
  ),
  shares: listOf(z.object({ link: url, name: text.nullish().catch(null) })),
  story: z.object({ mention: story, reply_to: story }).nullish().catch(null),
  reply_to: z
    .object({ mid: text.nullish().catch(null) })
    .nullish()
    .catch(null),
  is_unsupported: z.boolean().nullish().catch(null),
});
type MessageAnswer = z.output<typeof MessageAnswer>;

/**
 * A message by its id, as the event that its webhook should have been: `GET /{message id}`, following
 * Meta's "Conversations API". Throws {@link ChannelError}.
 */
export async function fetchMessage(
  calls: InstagramCalls,
  account: ChannelAccount,
  messageId: string,
): Promise<FetchedMessage> {
  const answer = await askFor(ALL).catch((error: unknown) => {
    // Whoever does not know one of the further fields refuses them all.
    if (error instanceof ChannelError && /^100(\/|$)/.test(error.code)) return askFor(DOCUMENTED);
    throw error;
  });
  const parsed = MessageAnswer.safeParse(answer);
  if (!parsed.success) throw unreadable();
  const body = Buffer.from(JSON.stringify(asWebhook(account, messageId, parsed.data)));
  const [event] = receive({ headers: {}, body, account: null });
  if (event?.kind !== 'message' && event?.kind !== 'echo') throw unreadable();
  return { event, body };

  function askFor(fields: string): Promise<unknown> {
    const path = graphUrl(calls.apiUrl, encodeURIComponent(messageId), { fields });
    return ask(calls, account.credentials, { method: 'GET', url: path });
  }
}

/** The same message in the form of a webhook, so that one place reads both. */
function asWebhook(account: ChannelAccount, mid: string, answer: MessageAnswer): object {
  const ours = answer.from.id === account.externalId;
  const [recipient] = answer.to ?? [];
  const recipientId = ours ? recipient?.id : account.externalId;
  const sentAt = Date.parse(answer.created_time ?? '');
  const attachments = [
    ...(answer.attachments ?? []).map(asAttachment),
    ...(answer.shares ?? []).map(({ link: address, name }) => ({
      type: 'share',
      payload: { url: address, title: name },
    })),
    ...(answer.story?.mention
      ? [{ type: 'story_mention', payload: { url: answer.story.mention.link } }]
      : []),
  ];
  const answered = answer.story?.reply_to;
  return {
    object: 'instagram',
    entry: [
      {
        id: account.externalId,
        messaging: [
          {
            sender: { id: answer.from.id },
            recipient: { id: recipientId },
            ...(Number.isNaN(sentAt) ? {} : { timestamp: sentAt }),
            message: {
              mid,
              ...(answer.message ? { text: answer.message } : {}),
              ...(attachments.length > 0 ? { attachments } : {}),
              ...(answered ? { reply_to: { story: { id: answered.id, url: answered.link } } } : {}),
              ...(answer.reply_to?.mid ? { reply_to: { mid: answer.reply_to.mid } } : {}),
              ...(answer.is_unsupported ? { is_unsupported: true } : {}),
              ...(ours ? { is_echo: true } : {}),
            },
          },
        ],
      },
    ],
  };
}

type AttachmentAnswer = NonNullable<MessageAnswer['attachments']>[number];

function asAttachment({ image_data: image, video_data: video, ...file }: AttachmentAnswer) {
  if (image) return { type: 'image', payload: { url: image.url } };
  if (video) return { type: 'video', payload: { url: video.url } };
  return { type: 'file', payload: { url: file.file_url, title: file.name } };
}

function unreadable(): ChannelError {
  return new ChannelError('refused', 'UNREADABLE', 'Instagram answered in a form we cannot read.');
}
