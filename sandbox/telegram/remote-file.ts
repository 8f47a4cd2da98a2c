import { refusals } from './errors.ts';
import type { Media, MediaKind } from './media.ts';

const MAX_PHOTO = 5_000_000;
const MAX_OTHER = 20_000_000;
const TIMEOUT = 5000;
/** What a document sent by its address may be. */
const DOCUMENTS = /^(gif|pdf|zip)$/i;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The file behind a link, as the platform fetches it. Only links to this machine are fetched; others
 * are believed, so that tests need no network. Throws {@link TelegramError} 400.
 */
export async function fetchRemote(kind: MediaKind, link: string): Promise<Media> {
  if (!URL.canParse(link)) throw refusals.badRequest('wrong HTTP URL specified');
  const url = new URL(link);
  const name = decodeURIComponent(url.pathname.split('/').at(-1) ?? '') || null;
  const extension = /\.(\w+)$/.exec(name ?? '')?.[1];
  if (kind === 'document' && extension && !DOCUMENTS.test(extension)) throw wrongContent();
  if (!LOOPBACK.test(url.hostname)) return { kind, name };
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) }).catch(() => null);
  if (!answer?.ok) throw refusals.badRequest('failed to get HTTP URL content');
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (bytes.length > (kind === 'photo' ? MAX_PHOTO : MAX_OTHER))
    throw refusals.badRequest('failed to get HTTP URL content');
  const mimeType = answer.headers.get('content-type')?.split(';')[0] ?? null;
  if (!fits(kind, mimeType)) throw wrongContent();
  return { kind, name, mimeType, bytes };
}

function fits(kind: MediaKind, type: string | null): boolean {
  if (type === 'text/html') return false;
  if (kind === 'photo') return type?.startsWith('image/') ?? true;
  if (kind === 'document') return /^(image\/gif|application\/(pdf|zip))$/.test(type ?? '');
  return true;
}

function wrongContent() {
  return refusals.badRequest('wrong type of the web page content');
}
