import Koa, { type Middleware } from 'koa';
import { createCrmRoutes } from './crm/control.ts';
import { createReceiver } from './crm/receiver.ts';
import { createControl } from './control.ts';
import { answerErrors, readBody } from './http.ts';
import { createInstagramApi, speakMeta } from './instagram/api.ts';
import { createInstagramControl } from './instagram/control.ts';
import { narrateCalls } from './instagram/narrate.ts';
import type { Parts } from './parts.ts';
import { createPageRoutes } from './page-routes.ts';
import { narrateCrmFaults } from './crm/narrate.ts';
import { narrateSwitch } from './narrate-switch.ts';

/** The one HTTP server: the fake platforms, the demo CRM, the control API and the page. */
export function createApp(parts: Parts): Koa {
  const app = new Koa();
  app.on('error', reportUnlessHungUp);
  app.use(readBody);
  app.use(under('/instagram/', instagram(parts)));
  app.use(under('/crm/webhooks', crmReceiver(parts)));
  app.use(answerErrors);
  app.use(tellChanges(parts));
  app.use(createInstagramControl(controlDeps(parts)).routes());
  app.use(createCrmRoutes(crmDeps(parts)).routes());
  app.use(
    createControl({ ...parts, switched: (name, on) => narrateSwitch(parts, name, on) }).routes(),
  );
  app.use(createPageRoutes(parts).routes());
  return app;
}

/** A page that is closed ends its event stream, which Koa takes for an error. */
function reportUnlessHungUp(error: NodeJS.ErrnoException): void {
  const hungUp = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(error.code ?? '');
  if (!hungUp) process.stderr.write(`The sandbox failed at a request: ${error.stack}\n`);
}

function instagram(parts: Parts): Middleware[] {
  const { ledger, faults } = parts.sides.instagram;
  const api = createInstagramApi({
    state: parts.instagram,
    webhooks: parts.webhooks,
    now: parts.clock.now,
    windowsClosed: () => parts.switches.isOn('window_closed'),
    appSecret: parts.appSecret,
  });
  return [
    ledger.record,
    tellChanges(parts),
    narrateCalls(parts.feed),
    faults.play,
    speakMeta,
    api.routes() as Middleware,
  ];
}

function crmReceiver(parts: Parts): Middleware[] {
  const { ledger, faults } = parts.sides.crm;
  const receive = createReceiver({
    state: parts.crm,
    trust: parts.wiring.trusted,
    feed: parts.feed,
  });
  return [ledger.record, tellChanges(parts), narrateCrmFaults(parts.feed), faults.play, receive];
}

function controlDeps({ instagram: state, webhooks, clock, verifyToken }: Parts) {
  return { state, webhooks, clock, verifyToken };
}

function crmDeps({ crm: state, wiring, feed, changed }: Parts) {
  return { state, wiring: wiring.get, wires: wiring, feed, changed };
}

/** Every request but a GET may have changed something that is saved and shown. */
function tellChanges({ changed }: Parts): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.method !== 'GET') changed();
  };
}

/** Runs these only below a path, and nothing after them. */
function under(path: string, chain: Middleware[]): Middleware {
  return (ctx, next) => {
    if (!ctx.path.startsWith(path)) return next();
    const run = (index: number): Promise<unknown> =>
      Promise.resolve(chain[index]?.(ctx, () => run(index + 1)));
    return run(0);
  };
}
