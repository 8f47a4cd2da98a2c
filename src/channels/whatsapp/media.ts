import type { ChannelAccount, MediaFile } from '../channel.ts';
import { channelErrorOf } from '../meta-errors.ts';
import type { OpenedAnswer } from '../platform-http.ts';
import { ask, authorization, read } from './calls.ts';
import type { WhatsAppCalls } from './calls.ts';
import { failureOf } from './errors.ts';
import { graphUrl, MediaAnswer } from './schema.ts';

/** For the whole file, up to 100 MB. */
const FILE_TIMEOUT_MS = 600_000;
/** Without a byte. */
const IDLE_TIMEOUT_MS = 20_000;

/**
 * Opens a received file: `GET /{MEDIA_ID}` tells where it is for five minutes, and that address
 * wants the token too. When it is gone already, it is asked for once more. Follows "Media" of
 * Meta's page on business phone numbers. Throws {@link ChannelError}.
 */
export async function fetchMedia(
  calls: WhatsAppCalls,
  account: ChannelAccount,
  mediaId: string,
): Promise<MediaFile> {
  const first = await openOnce(calls, account, mediaId);
  const opened = isGone(first.answer) ? await openOnce(calls, account, mediaId) : first;
  const { answer, mimeType, sizeBytes } = opened;
  if (answer.kind === 'answer' && answer.status === 200)
    return { mimeType, sizeBytes, body: answer.body };
  throw channelErrorOf(failureOf(closed(answer), [], calls));
}

async function openOnce(calls: WhatsAppCalls, account: ChannelAccount, mediaId: string) {
  const address = graphUrl(calls.apiUrl, encodeURIComponent(mediaId));
  const media = read(MediaAnswer, await ask(calls, account, { method: 'GET', url: address }));
  const answer = await calls.http.open({
    url: media.url,
    headers: authorization(account),
    deadline: performance.now() + FILE_TIMEOUT_MS,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  });
  return { answer, mimeType: media.mime_type ?? null, sizeBytes: media.file_size ?? null };
}

function isGone(answer: OpenedAnswer): boolean {
  if (answer.kind !== 'answer' || answer.status !== 404) return false;
  answer.body.destroy();
  return true;
}

/** An answer that is not the file, without its body: what the file server says is for nobody. */
function closed(answer: OpenedAnswer) {
  if (answer.kind !== 'answer') return answer;
  answer.body.destroy();
  // A redirect or an odd success is no file either.
  const status = answer.status < 300 ? 502 : answer.status;
  return { kind: 'answer' as const, status, headers: answer.headers, body: Buffer.alloc(0) };
}
