import Router from '@koa/router';
import { z } from 'zod';
import { type Ctx, RequestError, readAs } from '../http.ts';
import { passOnAttachment } from './attachment.ts';
import { abilities, check, templates } from './questions.ts';
import { type SendDeps, sendMessage } from './send.ts';
import type { CrmTable } from './table.ts';

/** Checked by the router, which knows the channels; here only that it is a content at all. */
const Content = z.looseObject({ type: z.string().min(1) });

const Message = z
  .strictObject({
    /** The platform; the first one if left out. */
    channel: z.string().min(1).optional(),
    customer_id: z.string().min(1),
    /** Short for a content of type text. */
    text: z.string().min(1, 'write something first').max(10_000).optional(),
    content: Content.optional(),
    reply_to: z.string().min(1).optional(),
    preview: z.string().max(10_000).optional(),
  })
  .refine(
    ({ text, content }) => (text === undefined) !== (content === undefined),
    'expected either text or content',
  );

const Destination = { channel: z.string().min(1), customer_id: z.string().min(1) };
const Check = z.strictObject({ ...Destination, content: Content.optional() });

export type CrmRouteDeps = SendDeps & { table: CrmTable };

/** `/crm/api/…`: what the CRM's window on the page does. The router's key stays here. */
export function createCrmRoutes(deps: CrmRouteDeps): Router {
  const { router: api, table } = deps;
  const router = new Router({ prefix: '/crm/api' });
  router.post('/messages', async (ctx) => {
    const { text, content = { type: 'text', text }, ...rest } = readAs(Message, ctx);
    const message = await sendMessage(deps, { ...rest, content });
    // Always 200: what the router refused is shown with the message itself.
    ctx.body = { message_id: message.id, status: message.status, error: message.error };
  });
  router.post('/check', async (ctx) => {
    const { content, ...to } = readAs(Check, ctx);
    ctx.body = await check(api, to, content);
  });
  router.get('/abilities', async (ctx) => {
    const to = z.object(Destination).safeParse(ctx.query);
    if (!to.success) throw new RequestError(400, 'Name a channel and a customer_id.');
    ctx.body = await abilities(api, to.data);
  });
  router.get('/templates', async (ctx) => {
    ctx.body = await templates(api, String(ctx.query['channel'] ?? ''));
  });
  router.get('/messages/:message/attachments/:index', (ctx) => passOnAttachment(api, ctx as Ctx));
  router.get('/table', async (ctx) => {
    ctx.set('cache-control', 'no-store');
    ctx.body = await table.read();
  });
  return router;
}
