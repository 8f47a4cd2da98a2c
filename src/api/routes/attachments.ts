import { z } from 'zod';
import type { ChannelRegistry } from '../../channels/channel.ts';
import type { AccountStore } from '../../database/account-store.ts';
import type { ReceivedStore } from '../../database/received-store.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { MessageId } from './common-schemas.ts';
import { MIME_TYPE } from './content-schemas.ts';
import { notSupported, throwPlatformError } from './platform-call.ts';

/** What this route needs of the router. */
export type AttachmentRouteDeps = {
  received: Pick<ReceivedStore, 'findAttachment'>;
  accounts: Pick<AccountStore, 'open'>;
  channels: ChannelRegistry;
};

/** `GET /api/v1/messages/{message_id}/attachments/{index}`: the file behind an attachment. */
export function createAttachmentRoute(deps: AttachmentRouteDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/messages/{message_id}/attachments/{index}',
    operationId: 'getAttachment',
    summary: 'Fetch a file that came with a message',
    description:
      'Passes on the file that the platform keeps for an attachment with a `media_id`, without ' +
      'storing it; for one with a `url` the answer is a redirect there. Platforms delete files ' +
      'after days: fetch them when the message comes. `index` counts the attachments from 0.',
    tags: ['Messages'],
    auth: 'crm',
    params: z.object({
      message_id: MessageId,
      index: z.string().regex(/^\d{1,3}$/, 'must be a number from 0'),
    }),
    responses: {
      200: {
        description: 'The file, with the type that the platform tells.',
        schema: z.unknown(),
        example: 'the bytes of the file',
        contentType: 'application/octet-stream',
      },
      302: { description: 'The file is at the address in `Location`.' },
    },
    errors: [
      'message_not_found',
      'attachment_not_found',
      'not_supported',
      'platform_refused',
      'platform_unavailable',
    ],
    async handle({ params, caller }) {
      const found = await deps.received.findAttachment(
        params.message_id,
        Number(params.index),
        caller.accountIds,
      );
      if (!found) throw new ApiError('message_not_found');
      const { attachment } = found;
      if (attachment?.media_id === undefined) {
        if (attachment?.url === undefined) throw new ApiError('attachment_not_found');
        return { status: 302, headers: { Location: asAddress(attachment.url) } };
      }
      const channel = deps.channels.get(found.channel);
      const account = await deps.accounts.open(found.accountId);
      if (!account) throw new ApiError('attachment_not_found');
      if (!channel.fetchMedia) throw notSupported(channel.name, 'files to fetch');
      const file = await channel.fetchMedia(account, attachment.media_id).catch(throwPlatformError);
      return { status: 200, headers: headersOf(file, attachment), body: file.body };
    },
  });
}

/** A header holds ASCII only, and addresses come with any character in them. */
function asAddress(url: string): string {
  if (!URL.canParse(url)) throw new ApiError('attachment_not_found');
  return new URL(url).href;
}

/** Whatever a customer sends is kept from running in a browser that opens the address. */
function headersOf(
  file: { mimeType: string | null; sizeBytes: number | null },
  attachment: { mime_type?: string | undefined; file_name?: string | undefined },
): Record<string, string> {
  const type = file.mimeType ?? attachment.mime_type ?? '';
  const name = encodeURIComponent((attachment.file_name ?? 'file').toWellFormed())
    // RFC 8187 takes fewer characters than URLs do.
    .replaceAll(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return {
    'Content-Type': MIME_TYPE.test(type) ? type : 'application/octet-stream',
    'Content-Disposition': `attachment; filename*=UTF-8''${name}`,
    ...(file.sizeBytes === null ? {} : { 'Content-Length': String(file.sizeBytes) }),
  };
}
