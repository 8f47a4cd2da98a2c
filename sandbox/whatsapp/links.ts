import { type MediaItem, type MediaStore, refuseFile } from './media.ts';

type Settings = { fetch_links: 'local' | 'all' | 'none' };

/**
 * Fetches the file behind a link, as Meta does before it delivers. Returns the stored file, null
 * where links of this host are not fetched, or `refused` where it could not be used.
 */
export async function fetchLink(
  media: MediaStore,
  settings: Settings,
  given: { accountId: string; link: string; type: string; filename: string | null },
): Promise<MediaItem | null | 'refused'> {
  if (!URL.canParse(given.link)) return 'refused';
  const { hostname } = new URL(given.link);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  if (settings.fetch_links === 'none' || (settings.fetch_links === 'local' && !local)) return null;
  try {
    const answer = await fetch(given.link, { signal: AbortSignal.timeout(5000) });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const mimeType = answer.headers.get('content-type') ?? '';
    if (!answer.ok || refuseFile(given.type, mimeType, bytes.length) !== null) return 'refused';
    const { accountId, filename } = given;
    return media.add({ accountId, mimeType, bytes, filename, from: 'business' });
  } catch {
    return 'refused';
  }
}
