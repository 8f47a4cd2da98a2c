import type Router from '@koa/router';
import type { Clock } from '../clock.ts';
import { RequestError, readAs } from '../http.ts';
import * as body from './control-bodies.ts';
import { Settings } from './control-settings.ts';
import { findBot } from './control-lookups.ts';
import type { DeliveryLog } from './delivery-log.ts';
import { asciiJson } from './json.ts';
import type { PeopleActions } from './people.ts';
import type { TelegramSettings } from './settings.ts';
import type { TelegramState } from './state.ts';
import type { UpdateQueue } from './update-queue.ts';
import { postUpdate } from './webhook-call.ts';

export type ControlDeps = {
  state: TelegramState;
  settings: TelegramSettings;
  clock: Clock;
  queue: UpdateQueue;
  log: DeliveryLog;
  people: PeopleActions;
};

/** `/control/telegram/webhooks`, `/callbacks`, `/settings`, `/raw`: what bots are told, and how. */
export function addWebhooks(router: Router, deps: ControlDeps): void {
  const { state, settings, queue, log } = deps;
  router.get('/webhooks', (ctx) => {
    ctx.body = { ...queue.status(), settings, data: log.list() };
  });
  router.post('/webhooks', (ctx) => {
    const { mode, count } = readAs(body.Mode, ctx);
    let released = 0;
    if (mode === 'release') released = queue.release('as-held');
    else if (mode === 'reverse') released = queue.release('reversed');
    else queue.setMode(mode, count ?? null);
    ctx.body = { ...queue.status(), released };
  });
  router.get('/callbacks', (ctx) => {
    ctx.body = {
      data: [...state.bots.values()].flatMap((bot) =>
        bot.queries.map((query) => ({ account: bot.id, ...query })),
      ),
    };
  });
  router.put('/settings', (ctx) => {
    Object.assign(settings, readAs(Settings, ctx));
    ctx.body = settings;
  });
  router.post('/raw', async (ctx) => {
    const given = readAs(body.RawBody, ctx);
    const { webhook } = findBot(state, given.account);
    if (!webhook) throw new RequestError(409, 'The bot has no webhook: call setWebhook first.');
    const { url, secretToken } = webhook;
    const text = asciiJson(given.body ?? null);
    const stopped = AbortSignal.timeout(settings.timeout_ms);
    const call = { url, secretToken, body: text, timeoutMs: settings.timeout_ms, stopped };
    const { status, error } = await postUpdate(call);
    ctx.body = { status, error };
  });
}
