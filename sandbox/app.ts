import Koa, { type Middleware } from 'koa';
import { createCrmControl } from './crm/control.ts';
import { createReceiver } from './crm/receiver.ts';
import { createCrmRoutes } from './crm/routes.ts';
import { createRouterApi } from './crm/router-api.ts';
import { createControl } from './control.ts';
import { answerErrors, readBody } from './http.ts';
import type { Parts } from './parts.ts';
import { createPageRoutes } from './page-routes.ts';
import { createPhoneRoutes } from './phone-routes.ts';
import { createSampleRoutes } from './samples.ts';
import { narrateCrmFaults } from './crm/narrate.ts';
import { narrateSwitch } from './narrate-switch.ts';

/** The one HTTP server: the fake platforms, the demo CRM, the control API and the page. */
export function createApp(parts: Parts): Koa {
  const app = new Koa();
  app.on('error', reportUnlessHungUp);
  app.use(readBody);
  for (const { name, ledger, api } of parts.platforms)
    app.use(under(`/${name}/`, [ledger.record, tellChanges(parts), ...api]));
  app.use(under('/crm/webhooks', crmReceiver(parts)));
  app.use(answerErrors);
  // Before what tells changes: to ask the router something changes nothing here.
  app.use(createCrmRoutes(crmDeps(parts)).routes());
  app.use(tellChanges(parts));
  for (const { control } of parts.platforms) app.use(control);
  app.use(createCrmControl({ state: parts.crm, wiring: parts.wiring }).routes());
  app.use(createControl(controlDeps(parts)).routes());
  app.use(createPhoneRoutes(parts).routes());
  app.use(createSampleRoutes().routes());
  app.use(createPageRoutes(parts).routes());
  return app;
}

/** A page that is closed ends its event stream, which Koa takes for an error. */
function reportUnlessHungUp(error: NodeJS.ErrnoException): void {
  const hungUp = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(error.code ?? '');
  if (!hungUp) process.stderr.write(`The sandbox failed at a request: ${error.stack}\n`);
}

function crmReceiver(parts: Parts): Middleware[] {
  const { ledger, faults } = parts.crmSide;
  const receive = createReceiver({
    state: parts.crm,
    trust: parts.wiring.trusted,
    feed: parts.feed,
  });
  return [ledger.record, tellChanges(parts), narrateCrmFaults(parts.feed), faults.play, receive];
}

function controlDeps(parts: Parts) {
  const sides = { crm: parts.crmSide };
  for (const platform of parts.platforms) Object.assign(sides, { [platform.name]: platform });
  const switched = (side: string, name: string, on: boolean) =>
    narrateSwitch(parts, side, name, on);
  return { ...parts, sides, switched };
}

function crmDeps({ crm: state, crmTable: table, wiring, feed, changed, platforms }: Parts) {
  const router = createRouterApi(wiring);
  return { state, table, router, feed, changed, channels: platforms.map(({ name }) => name) };
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
