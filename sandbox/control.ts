import Router from '@koa/router';
import { z } from 'zod';
import type { Clock } from './clock.ts';
import type { CrmTable } from './crm/table.ts';
import { type FaultQueue, FaultsSchema } from './faults.ts';
import { RequestError, readAs } from './http.ts';
import type { Ledger } from './ledger.ts';
import type { Switches } from './switches.ts';
import { type Wiring, WiringSchema } from './wiring.ts';

export type ControlDeps = {
  /** The platforms by name, and `crm`. */
  sides: Record<string, { ledger: Ledger; faults: FaultQueue }>;
  switches: Switches;
  wiring: Wiring;
  crmTable: CrmTable;
  clock: Clock;
  /** `everything`: set-up included, as if the sandbox had just been started for the first time. */
  reset: (everything: boolean) => void;
  /** Told when a switch moved. */
  switched: (side: string, name: string, on: boolean) => Promise<void>;
};

const Reset = z.strictObject({ everything: z.boolean().default(false) });
/** Any of the switches; true turns on. */
const SwitchesChange = z.record(z.string(), z.boolean());
const ClockChange = z.strictObject({ advance_ms: z.int().min(0) });
const Received = z.object({
  after: z.coerce.number().int().min(0).exactOptional(),
  path: z.string().exactOptional(),
  method: z.string().toUpperCase().exactOptional(),
});

/** `/control/…` that holds for every platform: ledger, faults, switches, wiring, reset. */
export function createControl(deps: ControlDeps): Router {
  const { switches, wiring, crmTable, clock } = deps;
  const router = new Router({ prefix: '/control' });
  const side = (name: string | undefined) => {
    const found = deps.sides[name ?? ''];
    if (found) return found;
    const known = Object.keys(deps.sides).join(', ');
    throw new RequestError(404, `There is no side "${name}": use one of ${known}.`);
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
    const wanted = Object.entries(readAs(SwitchesChange, ctx)).flatMap(([name, on]) =>
      switches.sidesOf(name).map((where) => ({ where, name, on })),
    );
    for (const { where, name, on } of wanted)
      if (switches.set(where, name, on)) await deps.switched(where, name, on);
    ctx.body = switches.all();
  });
  router.put('/:side/switches', async (ctx) => {
    const where = ctx.params['side'] ?? '';
    side(where);
    for (const [name, on] of Object.entries(readAs(SwitchesChange, ctx)))
      if (switches.set(where, name, on)) await deps.switched(where, name, on);
    ctx.body = { switches: switches.list(where) };
  });
  const described = () => ({ ...wiring.describe(), crm_mysql_set: crmTable.isConnected() });
  router.get('/router', (ctx) => {
    ctx.body = described();
  });
  router.put('/router', (ctx) => {
    const { crm_mysql: database, ...rest } = readAs(WiringSchema, ctx);
    wiring.connect(rest);
    if (database !== undefined) crmTable.connect(database);
    ctx.body = described();
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
