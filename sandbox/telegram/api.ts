import type { Context, Middleware } from 'koa';
import { bodyOf, formOf, rawOf } from '../http.ts';
import { TelegramError, refusals, telegramErrorBody } from './errors.ts';
import { type Json, asciiJson, isObject } from './json.ts';
import type { MethodDeps } from './method.ts';
import { findMethod } from './methods.ts';
import { createParameters, readForm } from './parameters.ts';
import type { Bot } from './state.ts';

const CALL = /^\/telegram\/bot([^/]+)\/([^/]*)$/;
const FILE = /^\/telegram\/file\/bot([^/]+)\/(.+)$/;

/** The token in a path, cut down to the bot's id: what the ledger may keep. */
export function hideToken(path: string): string {
  return path.replace(/\/bot(\d*)[^/]*/, '/bot$1');
}

/** The fake api.telegram.org under `/telegram`: the methods, and the files behind `getFile`. */
export function createTelegramApi(deps: MethodDeps): Middleware {
  return async (ctx) => {
    try {
      const file = FILE.exec(ctx.path);
      if (file) return sendFile(deps, ctx, authenticate(deps, file[1] ?? ''), file[2] ?? '');
      const [, token, name] = CALL.exec(ctx.path) ?? [];
      if (token === undefined || name === undefined) throw refusals.notFound();
      const bot = authenticate(deps, token);
      const { method } = findMethod(name);
      const params = await readParameters(ctx);
      answer(ctx, 200, { ok: true, ...(await method(deps, { bot, params, signal: hangUp(ctx) })) });
    } catch (error) {
      if (!(error instanceof TelegramError)) throw error;
      const wait = error.parameters?.['retry_after'];
      if (typeof wait === 'number') ctx.set('retry-after', String(wait));
      answer(ctx, error.code, telegramErrorBody(error));
    }
  };
}

/** Whose the token is. Throws {@link TelegramError} 401. */
function authenticate({ state, settings }: MethodDeps, token: string): Bot {
  const value = token.replace(/%3a/i, ':');
  const id = /^(\d+):[\w-]+$/.exec(value)?.[1];
  if (id === undefined) throw refusals.malformedToken(settings.malformed_token_status);
  const bot = state.bots.get(id);
  if (!bot || bot.revoked || bot.token !== value) throw refusals.unauthorized();
  return bot;
}

async function readParameters(ctx: Context) {
  const query = Object.fromEntries(new URLSearchParams(ctx.querystring));
  const form = formOf(ctx);
  if (form) {
    const { values, uploads } = await readForm(form);
    return createParameters({ ...query, ...values }, uploads);
  }
  const body = bodyOf(ctx);
  if (rawOf(ctx).length > 0 && body === undefined)
    throw refusals.badRequest("can't parse the request body");
  return createParameters({ ...query, ...(isObject(body) ? body : {}) });
}

function hangUp(ctx: Context): AbortSignal {
  const gone = new AbortController();
  ctx.res.once('close', () => gone.abort());
  return gone.signal;
}

function answer(ctx: Context, status: number, body: Json): void {
  ctx.status = status;
  ctx.type = 'application/json';
  ctx.body = asciiJson(body);
}

function sendFile({ files }: MethodDeps, ctx: Context, bot: Bot, path: string): void {
  const bytes = files.read(bot.id, path);
  if (!bytes) throw refusals.notFound();
  ctx.type = 'application/octet-stream';
  ctx.body = bytes;
}
