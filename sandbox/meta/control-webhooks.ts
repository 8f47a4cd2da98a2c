import type Router from '@koa/router';
import { type ZodType, z } from 'zod';
import { RequestError, readAs } from '../http.ts';
import { type CallbackCheck, registerCallback } from './callback.ts';
import type { AttemptSettings, Delivery } from './webhook-attempts.ts';
import type { MetaWebhooks } from './webhooks.ts';

type Deps<S extends AttemptSettings> = {
  state: { callbackUrl: string | null };
  webhooks: MetaWebhooks<S>;
  verifyToken: string;
  /** What `PUT …/settings` takes. */
  settings: ZodType<object>;
  /** A delivery as the list shows it. */
  describe: (delivery: Delivery) => object;
};

const Callback = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  verify_token: z.string().optional(),
});

/** With `count` the mode ends after so many webhooks. */
const Mode = z.strictObject({
  mode: z.enum(['normal', 'duplicate', 'hold', 'release', 'reverse', 'bad-signature']),
  count: z.int().min(1).optional(),
});

/** The settings that every product of Meta has. */
export const attemptSettings = {
  retry_delays_ms: z.array(z.int().min(0)).min(1),
  retry_scale: z.number().min(0),
  stop_after_ms: z.int().min(0),
  timeout_ms: z.int().min(1),
};

/** `/control/<name>/webhook`, `/webhooks`, `/settings`, `/raw`: where events go, and how. */
export function addWebhooks<S extends AttemptSettings>(router: Router, deps: Deps<S>): void {
  const { state, webhooks, verifyToken } = deps;
  router.get('/webhook', (ctx) => {
    ctx.body = { url: state.callbackUrl };
  });
  router.put('/webhook', async (ctx) => {
    const given = readAs(Callback, ctx);
    const check: CallbackCheck = { url: given.url, verifyToken: given.verify_token ?? verifyToken };
    state.callbackUrl = await registerCallback(check);
    ctx.body = { url: state.callbackUrl };
  });
  router.get('/webhooks', (ctx) => {
    const data = webhooks.deliveries().map(deps.describe);
    ctx.body = { ...webhooks.status(), settings: webhooks.settings, data };
  });
  router.post('/webhooks', (ctx) => {
    const { mode, count } = readAs(Mode, ctx);
    let released = 0;
    if (mode === 'release') released = webhooks.release('as-held');
    else if (mode === 'reverse') released = webhooks.release('reversed');
    else webhooks.setMode(mode, count ?? null);
    ctx.body = { ...webhooks.status(), released };
  });
  router.put('/settings', (ctx) => {
    Object.assign(webhooks.settings, readAs(deps.settings, ctx));
    ctx.body = webhooks.settings;
  });
  router.post('/raw', (ctx) => {
    if (!state.callbackUrl)
      throw new RequestError(409, `First PUT ${ctx.path.replace(/raw$/, 'webhook')}.`);
    const body = readAs(z.record(z.string(), z.unknown()), ctx);
    void webhooks.post({ account: 'raw', customer: null, lane: 'raw', body });
    ctx.body = { sent: true };
  });
}
