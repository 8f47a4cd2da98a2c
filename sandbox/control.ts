import Router from '@koa/router';
import { z } from 'zod';
import type { Clock } from './clock.ts';
import { type FaultQueue, FaultsSchema } from './faults.ts';
import { RequestError, readAs } from './http.ts';
import type { Ledger } from './ledger.ts';
import { SWITCHES, type Switches, SwitchesSchema } from './switches.ts';
import { type Wiring, WiringSchema } from './wiring.ts';

export type ControlDeps = {
  sides: Record<'instagram' | 'crm', { ledger: Ledger; faults: FaultQueue }>;
  switches: Switches;
  wiring: Wiring;
  clock: Clock;
  /** `everything`: set-up included, as if the sandbox had just been started for the first time. */
  reset: (everything: boolean) => void;
  /** Told when a switch moved. */
  switched: (name: (typeof SWITCHES)[number], on: boolean) => Promise<void>;
};

const Reset = z.strictObject({ everything: z.boolean().default(false) });
const ClockChange = z.strictObject({ advance_ms: z.int().min(0) });
const Received = z.object({
  after: z.coerce.number().int().min(0).exactOptional(),
  path: z.string().exactOptional(),
  method: z.string().toUpperCase().exactOptional(),
});

/** `/control/…` that holds for every platform: ledger, faults, switches, wiring, reset. */
export function createControl(deps: ControlDeps): Router {
  const { switches, wiring, clock } = deps;
  const router = new Router({ prefix: '/control' });
  const side = (name: string | undefined) => {
    if (name === 'instagram' || name === 'crm') return deps.sides[name];
    throw new RequestError(404, `There is no side "${name}": use instagram or crm.`);
  };
  router.get('/:side/received', (ctx) => {
    const filter = Received.safeParse(ctx.query);
    if (!filter.success) throw new RequestError(400, '"after" must be a seq of the ledger.');
    ctx.body = { data: side(ctx.params['side']).ledger.calls(filter.data) };
  });
  router.get('/:side/faults', (ctx) => {
    ctx.body = { faults: side(ctx.params['side']).faults.list() };
  });
  router.put('/:side/faults', (ctx) => {
    const { faults } = side(ctx.params['side']);
    faults.replace(readAs(FaultsSchema, ctx));
    ctx.body = { faults: faults.list() };
  });
  router.get('/switches', (ctx) => {
    ctx.body = switches.all();
  });
  router.put('/switches', async (ctx) => {
    const wanted = readAs(SwitchesSchema, ctx);
    for (const name of SWITCHES) {
      const on = wanted[name];
      if (on === undefined || on === switches.isOn(name)) continue;
      switches.set(name, on);
      await deps.switched(name, on);
    }
    ctx.body = switches.all();
  });
  router.get('/router', (ctx) => {
    ctx.body = wiring.describe();
  });
  router.put('/router', (ctx) => {
    wiring.connect(readAs(WiringSchema, ctx));
    ctx.body = wiring.describe();
  });
  router.post('/clock', (ctx) => {
    clock.advance(readAs(ClockChange, ctx).advance_ms);
    ctx.body = { now: new Date(clock.now()).toISOString(), ahead_ms: clock.offset() };
  });
  router.post('/reset', (ctx) => {
    deps.reset(readAs(Reset, ctx).everything);
    ctx.body = { reset: true };
  });
  return router;
}
