import { ChannelError, type ChannelAccount, type MediaFile } from '../channel.ts';
import type { OpenedAnswer } from '../platform-http.ts';
import { ask, read } from './account.ts';
import { FileInfo } from './answers.ts';
import { addressWithToken, type TelegramCalls } from './api.ts';

/** For the whole file, up to 20 MB: Telegram gives bots no larger one. */
const FILE_TIMEOUT_MS = 300_000;
/** Without a byte. */
const IDLE_TIMEOUT_MS = 20_000;

/**
 * Opens a received file: `getFile` tells its path, which holds for an hour and is asked for anew
 * each time. Its name and type are only in the message that it came with. Throws
 * {@link ChannelError}.
 */
export async function fetchMedia(
  calls: TelegramCalls,
  account: ChannelAccount,
  mediaId: string,
): Promise<MediaFile> {
  const parameters = { file_id: mediaId };
  const info = read(FileInfo, await ask(calls, account.credentials, 'getFile', parameters));
  const answer = await calls.http.open({
    url: addressWithToken(
      `${calls.apiUrl}/file`,
      account.credentials['bot_token'] ?? '',
      pathOf(info.file_path),
    ),
    deadline: performance.now() + FILE_TIMEOUT_MS,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  });
  if (answer.kind === 'answer' && answer.status === 200)
    return { mimeType: null, sizeBytes: info.file_size, body: answer.body };
  throw errorOf(answer);
}

/** Each step encoded; one that would climb leads to another call of the API, with our token. */
function pathOf(path: string): string {
  const steps = path.split('/');
  if (steps.some((step) => ['', '.', '..'].includes(step)))
    throw new ChannelError('unreachable', 'UNREADABLE', 'Telegram named no path of a file.');
  return steps.map(encodeURIComponent).join('/');
}

/** What the file server says is for nobody; the address, which has the token in it, even less so. */
function errorOf(answer: OpenedAnswer): ChannelError {
  if (answer.kind === 'unreachable')
    return new ChannelError('unreachable', answer.code, 'The file server could not be reached.');
  answer.body.destroy();
  const code = `HTTP ${answer.status}`;
  const text = `The file server answered ${code}.`;
  if (answer.status === 401) return new ChannelError('unauthorized', code, text);
  if (answer.status === 429) return new ChannelError('throttled', code, text);
  const refused = answer.status >= 400 && answer.status < 500;
  return new ChannelError(refused ? 'refused' : 'unreachable', code, text);
}
