import { type Ctx, RequestError } from '../http.ts';
import type { RouterApi } from './router-api.ts';

/** What a browser may show; SVG is a document with scripts and is not among them. */
const PICTURES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/**
 * Passes on the file of a customer's message: `GET /api/v1/messages/{id}/attachments/{index}`. Only
 * pictures are shown, everything else is offered for saving: it is somebody's upload.
 */
export async function passOnAttachment(router: RouterApi, ctx: Ctx): Promise<void> {
  const { message = '', index = '' } = ctx.params;
  const path = `/api/v1/messages/${encodeURIComponent(message)}/attachments/${encodeURIComponent(index)}`;
  const answer = await router.fetch(path).catch((error: unknown) => {
    if (error instanceof RequestError) throw error;
    return null;
  });
  const target = answer?.headers.get('location');
  if (target && answer?.status === 302) return ctx.redirect(target);
  if (!answer?.ok) {
    ctx.status = answer?.status === 404 ? 404 : 502;
    return void (ctx.body = { error: 'The router has no such file, or cannot get it.' });
  }
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const shown = PICTURES.has(type);
  const disposition = answer.headers.get('content-disposition');
  ctx.set({
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
    'cache-control': 'private, max-age=300',
    ...(!shown && { 'content-disposition': disposition ?? 'attachment' }),
  });
  ctx.type = shown ? type : 'application/octet-stream';
  ctx.body = Buffer.from(await answer.arrayBuffer());
}
