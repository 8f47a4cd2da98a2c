import Router from '@koa/router';
import { z } from 'zod';
import { readAs } from '../http.ts';
import type { Wiring } from '../wiring.ts';
import type { CrmState } from './inbox.ts';

/** More secrets than the wired one, and the schemes that have to be valid; both by default. */
const Trust = z.strictObject({
  secrets: z.array(z.string().min(1)).default([]),
  schemes: z
    .array(z.enum(['hub', 'standard']))
    .min(1)
    .default(['hub', 'standard']),
});

/** `/control/crm` except the ledger and the faults. */
export function createCrmControl({ state, wiring }: { state: CrmState; wiring: Wiring }): Router {
  const router = new Router({ prefix: '/control/crm' });
  router.get('/chats', (ctx) => {
    ctx.body = { data: [...state.chats.values()] };
  });
  router.put('/secrets', (ctx) => {
    const trust = readAs(Trust, ctx);
    wiring.trust(trust);
    ctx.body = { secrets: trust.secrets.length, schemes: trust.schemes };
  });
  return router;
}
