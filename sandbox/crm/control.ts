import Router from '@koa/router';
import { z } from 'zod';
import { readAs } from '../http.ts';
import { type SendDeps, sendAnswer } from './send.ts';

const Answer = z.strictObject({
  /** The platform; the first one if left out. */
  channel: z.string().min(1).optional(),
  customer_id: z.string().min(1),
  text: z.string().min(1, 'write something first').max(10_000),
});

/** More secrets than the wired one, and the schemes that have to be valid; both by default. */
const Trust = z.strictObject({
  secrets: z.array(z.string().min(1)).default([]),
  schemes: z
    .array(z.enum(['hub', 'standard']))
    .min(1)
    .default(['hub', 'standard']),
});

/** `/crm/api` for the page, and `/control/crm` except the ledger and the faults. */
export function createCrmRoutes(deps: SendDeps): Router {
  const router = new Router();
  router.post('/crm/api/messages', async (ctx) => {
    const message = await sendAnswer(deps, readAs(Answer, ctx));
    // Always 200: what the router refused is shown with the message itself.
    ctx.body = { message_id: message.id, status: message.status, error: message.error };
  });
  router.get('/control/crm/chats', (ctx) => {
    ctx.body = { data: [...deps.state.chats.values()] };
  });
  router.put('/control/crm/secrets', (ctx) => {
    const trust = readAs(Trust, ctx);
    deps.wiring.trust(trust);
    ctx.body = { secrets: trust.secrets.length, schemes: trust.schemes };
  });
  return router;
}
