import Router from '@koa/router';
import { z } from 'zod';
import { type Ctx, RequestError, readAs } from './http.ts';
import type { Platform } from './platform.ts';

const Person = z.strictObject({ name: z.string().trim().min(1).max(60) });
const Text = z
  .strictObject({
    text: z.string().min(1).max(20_000).optional(),
    photo: z.boolean().default(false),
    reply_to: z.string().optional(),
  })
  .refine(({ text, photo }) => text !== undefined || photo, 'write something first');
const Reaction = z.strictObject({ message_id: z.string(), emoji: z.string().nullable() });
const About = z.strictObject({ message_id: z.string() });
const Edit = z.strictObject({ message_id: z.string(), text: z.string().min(1).max(20_000) });
const Sample = z.strictObject({ by: z.enum(['customer', 'owner']), name: z.string() });
const Press = z.strictObject({ message_id: z.string(), button: z.int().min(0) });

/** `/phone/{platform}/…`: what the page's phones do, the same for every platform. */
export function createPhoneRoutes({ platforms }: { platforms: Platform[] }): Router {
  const router = new Router({ prefix: '/phone/:platform' });
  const phoneOf = (ctx: Ctx) => {
    const found = platforms.find(({ name }) => name === ctx.params['platform']);
    if (found) return found.phone;
    throw new RequestError(404, `There is no platform "${ctx.params['platform']}".`);
  };
  const customerOf = (ctx: Ctx) => ctx.params['customer'] ?? '';
  const post = (path: string, act: (ctx: Ctx) => unknown) =>
    router.post(path, (ctx) => void (ctx.body = act(ctx as Ctx) ?? {}));
  post('/customers', (ctx) => {
    const { name } = readAs(Person, ctx);
    return { customer_id: phoneOf(ctx).add(name) };
  });
  post('/customers/:customer/messages', (ctx) => {
    const { text, photo, reply_to: replyTo } = readAs(Text, ctx);
    const photoFrom = photo ? `${ctx.protocol}://${ctx.host}` : undefined;
    phoneOf(ctx).write(customerOf(ctx), { text, photoFrom, replyTo });
  });
  post('/customers/:customer/samples', (ctx) =>
    phoneOf(ctx).playSample?.(customerOf(ctx), readAs(Sample, ctx)),
  );
  post('/customers/:customer/seen', (ctx) => phoneOf(ctx).see?.(customerOf(ctx)));
  post('/customers/:customer/reactions', (ctx) => {
    const { message_id: id, emoji } = readAs(Reaction, ctx);
    phoneOf(ctx).react?.(customerOf(ctx), id, emoji);
  });
  post('/customers/:customer/taken-back', (ctx) => {
    phoneOf(ctx).takeBack?.(customerOf(ctx), readAs(About, ctx).message_id);
  });
  post('/customers/:customer/edits', (ctx) => {
    const { message_id: id, text } = readAs(Edit, ctx);
    phoneOf(ctx).edit?.(customerOf(ctx), id, text);
  });
  post('/customers/:customer/presses', (ctx) => {
    const { message_id: id, button } = readAs(Press, ctx);
    phoneOf(ctx).press?.(customerOf(ctx), id, button);
  });
  router.get('/files/:id', (ctx) => {
    const file = phoneOf(ctx as Ctx).file?.(ctx.params['id'] ?? '');
    if (!file) throw new RequestError(404, 'There is no such file.');
    // The bytes are somebody's upload: they must never run as a page of this origin.
    ctx.set({ 'x-content-type-options': 'nosniff', 'content-security-policy': 'sandbox' });
    ctx.type = file.type;
    ctx.body = file.bytes;
  });
  return router;
}
