import type Router from '@koa/router';
import { z } from 'zod';
import { RequestError, readAs } from '../http.ts';
import { type CallbackCheck, registerCallback } from './callback.ts';
import * as body from './control-bodies.ts';
import type { InstagramState } from './state.ts';
import type { WebhookSender } from './webhooks.ts';

type Deps = { state: InstagramState; webhooks: WebhookSender; verifyToken: string };

/** `/control/instagram/webhook`, `/webhooks`, `/settings`, `/raw`: where events go, and how. */
export function addWebhooks(router: Router, { state, webhooks, verifyToken }: Deps): void {
  router.get('/webhook', (ctx) => {
    ctx.body = { url: state.callbackUrl };
  });
  router.put('/webhook', async (ctx) => {
    const given = readAs(body.Callback, ctx);
    const check: CallbackCheck = { url: given.url, verifyToken: given.verify_token ?? verifyToken };
    state.callbackUrl = await registerCallback(check);
    ctx.body = { url: state.callbackUrl };
  });
  router.get('/webhooks', (ctx) => {
    ctx.body = { ...webhooks.status(), settings: webhooks.settings, data: webhooks.deliveries() };
  });
  router.post('/webhooks', (ctx) => {
    const { mode, count } = readAs(body.Mode, ctx);
    let released = 0;
    if (mode === 'release') released = webhooks.release('as-held');
    else if (mode === 'reverse') released = webhooks.release('reversed');
    else webhooks.setMode(mode, count ?? null);
    ctx.body = { ...webhooks.status(), released };
  });
  router.put('/settings', (ctx) => {
    Object.assign(webhooks.settings, readAs(body.Settings, ctx));
    ctx.body = webhooks.settings;
  });
  router.post('/raw', (ctx) => {
    if (!state.callbackUrl) throw new RequestError(409, 'First PUT /control/instagram/webhook.');
    webhooks.emitBody('raw', readAs(z.record(z.string(), z.unknown()), ctx));
    ctx.body = { sent: true };
  });
}
