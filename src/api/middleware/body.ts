import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { ApiError, bodyError } from '../errors.ts';
import { parseJson } from '../json.ts';

/** Bytes of a JSON request, unpacked. */
export const JSON_LIMIT = 1024 * 1024;

const DECODERS: Record<string, () => Transform> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Reads a body as it comes, without unpacking. Throws `body_too_large` above `limit` bytes. */
export function readBytes(ctx: Context, limit: number): Promise<Buffer> {
  return collect(ctx.req, limit, ctx.get('Content-Length') || null);
}

/** Reads a JSON body. Throws for a missing or unsuitable one; never lets a strange one pass. */
export async function readJson(ctx: Context): Promise<unknown> {
  const { req } = ctx;
  const length = ctx.get('Content-Length');
  if (length === '0' || (length === '' && req.headers['transfer-encoding'] === undefined))
    throw bodyError('invalid_body', '', 'The request has no body; a JSON object is required.');
  requireJsonType(req);
  const bytes = await unpack(ctx);
  if (bytes.length === 0)
    throw bodyError('invalid_body', '', 'The request has no body; a JSON object is required.');
  return parseJson(bytes);
}

function requireJsonType(req: IncomingMessage): void {
  const types = req.headersDistinct['content-type'] ?? [];
  const [type = '', ...parameters] = (types[0] ?? '').split(';').map((part) => part.trim());
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/i.test(charset);
  if (types.length === 1 && type.toLowerCase() === 'application/json' && isUtf8) return;
  throw new ApiError('unsupported_media_type', {
    detail: 'Send the body as "Content-Type: application/json", in UTF-8, with one such header.',
    errors: [
      { in: 'header', pointer: '/content-type', detail: 'must be application/json in UTF-8' },
    ],
  });
}

async function unpack(ctx: Context): Promise<Buffer> {
  const encoding = ctx.get('Content-Encoding').trim().toLowerCase() || 'identity';
  if (encoding === 'identity') return readBytes(ctx, JSON_LIMIT);
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding]?.() : undefined;
  if (!decoder)
    throw new ApiError('unsupported_media_type', {
      detail: 'Content-Encoding may be gzip, deflate or br, one of them, once.',
      headers: { 'Accept-Encoding': 'gzip, deflate, br' },
      errors: [{ in: 'header', pointer: '/content-encoding', detail: 'is not supported' }],
    });
  const { req } = ctx;
  // pipe() passes on neither a broken connection nor an early end: without this the read hangs.
  const cut = () => decoder.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  req.once('aborted', cut);
  try {
    return await collect(req.pipe(decoder), JSON_LIMIT, null);
  } finally {
    req.off('aborted', cut);
    req.unpipe(decoder);
    decoder.destroy();
  }
}

async function collect(stream: Readable, limit: number, length: string | null): Promise<Buffer> {
  try {
    return await getRawBody(stream, { limit, length });
  } catch (thrown) {
    const { type } = thrown as { type?: string };
    if (type === 'entity.too.large')
      throw new ApiError('body_too_large', { detail: `At most ${limit} bytes are read.` });
    // Broken compression, a body shorter than it says, a client that went away.
    throw bodyError('invalid_body', '', 'The body ends early or is not packed as it says.');
  }
}
