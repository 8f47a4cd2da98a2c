import type { Json } from './content.ts';
import type { MediaItem, MediaStore } from './media.ts';

/** A file as a webhook's message has it; the address beside the id only where the platform is new. */
export function fileMember(
  item: MediaItem,
  media: Pick<MediaStore, 'address'>,
  settings: { media_url: boolean },
): Json {
  return {
    ...{ mime_type: item.mimeType, sha256: item.sha256, id: item.id },
    ...(settings.media_url && { url: media.address(item) }),
    ...(item.filename !== null && { filename: item.filename }),
  };
}
