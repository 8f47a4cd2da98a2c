import { createHmac } from 'node:crypto';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { createFaultQueue } from '../../../sandbox/faults.ts';
import { bodyOf, readAs, RequestError } from '../../../sandbox/http.ts';
import { createLedger } from '../../../sandbox/ledger.ts';
import type { CreatePlatform } from '../../../sandbox/platform.ts';
import { createSmokePhone } from './phone.ts';

/** The fake Smoke: written from what Smoke says of itself, not from the connector. */

export type Puff = { id: string; from: 'customer' | 'business'; text: string; at: number };
export type Hill = { fire: string; id: string; name: string | null; puffs: Puff[] };
type Fire = { id: string; key: string; watcher: string | null };
export type SmokeState = { fires: Fire[]; hills: Hill[]; lit: number };
type Mode = 'normal' | 'duplicate' | 'bad-seal';

const empty = (): SmokeState => ({ fires: [], hills: [], lit: 0 });

/** The platform, whole. */
export const createSmokePlatform: CreatePlatform = ({ saved, clock }) => {
  const state = saved(empty);
  const [ledger, faults] = [createLedger(), createFaultQueue()];
  let next: Mode = 'normal';

  function light(hill: Hill, from: Puff['from'], text: string): Puff {
    const puff = { id: `puff-${(state.lit += 1)}`, from, text, at: clock.now() };
    hill.puffs.push(puff);
    return puff;
  }

  async function tell(fire: Fire, body: unknown): Promise<void> {
    const mode = next;
    next = 'normal';
    if (!fire.watcher) return;
    const bytes = JSON.stringify(body);
    const key = mode === 'bad-seal' ? 'another key' : fire.key;
    const seal = createHmac('sha256', key).update(bytes).digest('hex');
    const headers = { 'content-type': 'application/json', 'smoke-seal': seal };
    for (let time = 0; time < (mode === 'duplicate' ? 2 : 1); time += 1)
      await fetch(fire.watcher, { method: 'POST', headers, body: bytes }).catch(() => undefined);
  }

  async function write(fire: Fire, hill: Hill, text: string): Promise<string> {
    const puff = light(hill, 'customer', text);
    const { id, name } = hill;
    await tell(fire, { puff: puff.id, from: id, name, words: text, lit_at: puff.at });
    return puff.id;
  }

  const control = createControl(state, { write, tell, setNext: (mode) => (next = mode) });
  return {
    ...{ title: 'Smoke', ledger, faults, switches: [], credentials: {}, control },
    api: [faults.play, createApi(state, light)],
    reset(everything) {
      Object.assign(state, { hills: [], ...(everything ? empty() : {}) });
    },
    resume: () => undefined,
    close: () => undefined,
    phone: createSmokePhone(state, (hill, text) => {
      const fire = state.fires.find(({ id }) => id === hill.fire);
      if (fire) void write(fire, hill, text);
    }),
  };
};

/** What the connector talks to. */
function createApi(
  state: SmokeState,
  light: (hill: Hill, from: Puff['from'], text: string) => Puff,
): Middleware {
  const router = new Router({ prefix: '/smoke' });
  const guarded =
    (handle: (ctx: Context, fire: Fire) => void): Middleware =>
    (ctx) => {
      const fire = state.fires.find(({ key }) => ctx.get('authorization') === `Bearer ${key}`);
      if (fire) handle(ctx, fire);
      else refuse(ctx, 401, 'unknown_keeper');
    };
  router.get(
    '/fire',
    guarded((ctx, { id }) => void (ctx.body = { fire: id })),
  );
  router.post(
    '/watch',
    guarded((ctx, fire) => {
      fire.watcher = (bodyOf(ctx) as { url: string }).url;
      ctx.body = {};
    }),
  );
  router.delete(
    '/watch',
    guarded((ctx, fire) => {
      fire.watcher = null;
      ctx.body = {};
    }),
  );
  router.post(
    '/puffs',
    guarded((ctx, { id }) => {
      const { to, words } = bodyOf(ctx) as { to: string; words: string };
      const hill = state.hills.find((one) => one.fire === id && one.id === to);
      if (!hill) return refuse(ctx, 404, 'no_such_hill');
      if (words.length > 280) return refuse(ctx, 400, 'too_many_words');
      ctx.body = { puff: light(hill, 'business', words).id };
    }),
  );
  return router.routes() as Middleware;
}

function refuse(ctx: Context, status: number, smoke: string): void {
  ctx.status = status;
  ctx.body = { smoke };
}

const NewFire = z.strictObject({ fire_id: z.string().min(1), keeper_key: z.string().min(8) });
const Written = z.strictObject({
  account: z.string(),
  text: z.string(),
  name: z.string().optional(),
});
const Raw = z.strictObject({ account: z.string(), body: z.unknown() });
const Next = z.strictObject({ mode: z.enum(['normal', 'duplicate', 'bad-seal']) });

type Actions = {
  write(fire: Fire, hill: Hill, text: string): Promise<string>;
  tell(fire: Fire, body: unknown): Promise<void>;
  setNext(mode: Mode): void;
};

/** What tests do as a person on a hill. */
function createControl(state: SmokeState, { write, tell, setNext }: Actions): Middleware {
  const router = new Router({ prefix: '/control/smoke' });
  const fireOf = (account: string) => {
    const fire = state.fires.find(({ id }) => id === account);
    if (fire) return fire;
    throw new RequestError(404, `There is no fire ${account}; POST /control/smoke/accounts first.`);
  };
  router.post('/accounts', (ctx) => {
    const { fire_id: id, keeper_key: key } = readAs(NewFire, ctx);
    state.fires.push({ id, key, watcher: null });
    ctx.body = { fire_id: id };
  });
  router.post('/customers/:id/messages', async (ctx) => {
    const { account, text, name = null } = readAs(Written, ctx);
    const [fire, id] = [fireOf(account), ctx.params['id'] ?? ''];
    let hill = state.hills.find((one) => one.fire === account && one.id === id);
    if (!hill) state.hills.push((hill = { fire: account, id, name, puffs: [] }));
    ctx.body = { puff: await write(fire, hill, text) };
  });
  router.get('/customers/:id', (ctx) => {
    const hills = state.hills.filter(({ id }) => id === ctx.params['id']);
    ctx.body = { data: hills.flatMap(({ puffs }) => puffs) };
  });
  router.post('/webhooks', (ctx) => {
    setNext(readAs(Next, ctx).mode);
    ctx.body = {};
  });
  router.post('/raw', async (ctx) => {
    const { account, body } = readAs(Raw, ctx);
    await tell(fireOf(account), body);
    ctx.body = {};
  });
  return router.routes() as Middleware;
}
