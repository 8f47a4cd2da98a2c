import getRawBody from 'raw-body';
import type { Context, Middleware } from 'koa';
import type { ZodType } from 'zod';
import { parseMultipart } from './multipart.ts';

/** The context of any request here; handlers of routes also have `params`. */
export type Ctx = Context & { params: Record<string, string> };

/** A refusal of a control or page request: the status and a text that says what to do. */
export class RequestError extends Error {
  readonly status: number;
  readonly details: string[];
  constructor(status: number, message: string, details: string[] = []) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** WhatsApp takes documents of 100 MB. */
const LIMIT = '110mb';

/** Reads the body once, so that the ledger, the faults and the handler see the same bytes. */
export const readBody: Middleware = async (ctx, next) => {
  try {
    ctx.state['raw'] = await getRawBody(ctx.req, { limit: LIMIT });
  } catch (error) {
    ctx.status = (error as { status?: number }).status ?? 400;
    ctx.body = { error: 'The body could not be read.' };
    return;
  }
  const raw = rawOf(ctx);
  if (raw.length > 0 && ctx.is('multipart')) readForm(ctx, raw);
  else if (raw.length > 0) ctx.state['body'] = parse(raw.toString('utf8'), ctx.get('content-type'));
  await next();
};

/** The body of an upload names its files only; their bytes are in {@link formOf}. */
function readForm(ctx: Context, raw: Buffer): void {
  const form = parseMultipart(raw, ctx.get('content-type'));
  ctx.state['form'] = form;
  ctx.state['body'] =
    form && Object.fromEntries([...form].map(([name, value]) => [name, described(value)]));
}

function described(value: string | File): unknown {
  if (typeof value === 'string') return value;
  return { filename: value.name, type: value.type, size: value.size };
}

/** The fields and files of a `multipart/form-data` body; undefined for any other body. */
export function formOf(ctx: Pick<Context, 'state'>): FormData | undefined {
  return ctx.state['form'];
}

function parse(text: string, type: string): unknown {
  if (type.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The bytes of the request; empty without a body. */
export function rawOf(ctx: Pick<Context, 'state'>): Buffer {
  return ctx.state['raw'] ?? Buffer.alloc(0);
}

/** The parsed body; undefined where there is none or it is neither JSON nor a form. */
export function bodyOf(ctx: Pick<Context, 'state'>): unknown {
  return ctx.state['body'];
}

/** Reads a control body. Throws {@link RequestError} 400 that names every wrong member. */
export function readAs<T>(schema: ZodType<T>, ctx: Context): T {
  if (rawOf(ctx).length > 0 && !ctx.is('json'))
    throw new RequestError(415, 'Send the body as JSON with "Content-Type: application/json".');
  if (rawOf(ctx).length > 0 && bodyOf(ctx) === undefined)
    throw new RequestError(400, 'The body is not valid JSON.');
  const parsed = schema.safeParse(bodyOf(ctx) ?? {});
  if (parsed.success) return parsed.data;
  throw new RequestError(
    400,
    'The body does not fit.',
    parsed.error.issues.map((issue) => `/${issue.path.map(String).join('/')}: ${issue.message}`),
  );
}

/** Turns {@link RequestError} into its answer, and keeps other sites' pages from using the API. */
export const answerErrors: Middleware = async (ctx, next) => {
  try {
    if (ctx.get('sec-fetch-site') === 'cross-site')
      throw new RequestError(403, 'Only the page of this sandbox may call this from a browser.');
    await next();
    if (ctx.status === 404 && ctx.body === undefined)
      throw new RequestError(404, `There is no ${ctx.method} ${ctx.path} here.`);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    ctx.status = error.status;
    ctx.body = { error: error.message, details: error.details };
  }
};
