import type { Middleware } from 'koa';
import type { Ledger } from '../ledger.ts';
import { TelegramError } from './errors.ts';
import type { Json } from './json.ts';
import type { MethodDeps } from './method.ts';
import { findMethod } from './methods.ts';
import { createParameters } from './parameters.ts';
import type { Bot } from './state.ts';

type NotedCall = Parameters<Middleware>[0];
type Deps = { methods: MethodDeps; ledger: Ledger; changed: () => void };

/**
 * Executes what a webhook's answer asked for. Nobody gets the result, not even of a refusal, so it
 * is noted in the ledger like a call; the header `x-sandbox-call` tells it from one.
 */
export function createExecutor({ methods, ledger, changed }: Deps) {
  return async (bot: Bot, method: string, values: Json): Promise<void> => {
    const known = findMethodOrNull(method);
    const call = notedCall(bot, known?.name ?? method, values);
    await ledger.record(call, async () => {
      call.status = await run(methods, bot, known, values);
    });
    changed();
  };
}

function findMethodOrNull(name: string) {
  try {
    return findMethod(name);
  } catch {
    return null;
  }
}

async function run(
  methods: MethodDeps,
  bot: Bot,
  known: ReturnType<typeof findMethodOrNull>,
  values: Json,
): Promise<number> {
  if (!known) return 404;
  const signal = new AbortController().signal;
  try {
    await known.method(methods, { bot, params: createParameters(values), signal });
    return 200;
  } catch (error) {
    if (error instanceof TelegramError) return error.code;
    throw error;
  }
}

/** As much of a request as the ledger looks at. */
function notedCall(bot: Bot, method: string, values: Json): NotedCall {
  return {
    method: 'POST',
    path: `/telegram/bot${bot.id}/${method}`,
    querystring: '',
    headers: { 'x-sandbox-call': 'webhook-answer' },
    state: { body: values, raw: Buffer.from(JSON.stringify(values)) },
    status: 404,
  } as unknown as NotedCall;
}
