import Router from '@koa/router';
import { type Ctx, RequestError, bodyOf, formOf } from '../http.ts';
import { registerCallback } from '../meta/callback.ts';
import { authenticate, parameter, pickFields } from '../meta/tokens.ts';
import { addBlockedUsers } from './blocked-users.ts';
import { addBusinessProfile } from './business-profile.ts';
import { refusals } from './errors.ts';
import { MIME_TYPES, type MediaItem, refuseFile } from './media.ts';
import { refuseSticker } from './sticker.ts';
import { displayed } from './numbers.ts';
import { type SendDeps, send } from './send.ts';
import type { Account, Waba } from './state.ts';
import { listTemplates } from './template-list.ts';

type ApiDeps = SendDeps & { verifyToken: string };

/** The fake graph.facebook.com under `/whatsapp`, with any version in the path or none. */
export function createWhatsAppApi(deps: ApiDeps): Router {
  const router = new Router({ prefix: '/whatsapp' });
  router.post('/:id/messages', async (ctx) => {
    ctx.body = await send(deps, numberOf(deps, ctx as Ctx), bodyOf(ctx));
  });
  addMedia(router, deps);
  addSubscriptions(router, deps);
  addBusinessProfile(router, (ctx) => numberOf(deps, ctx));
  addBlockedUsers(router, deps, (ctx) => numberOf(deps, ctx));
  router.get('/:id/message_templates', (ctx) => {
    ctx.body = listTemplates(wabaOf(deps, ctx as Ctx), ctx as Ctx);
  });
  router.get('/:id', (ctx) => {
    const item = mediaOf(deps, ctx as Ctx);
    ctx.body = item ? describeMedia(deps, item) : describeNumber(deps, ctx as Ctx);
  });
  router.delete('/:id', (ctx) => {
    const item = mediaOf(deps, ctx as Ctx);
    if (!item) throw refusals.unknownObject(ctx.params['id'] ?? '');
    deps.media.remove(item.id);
    ctx.body = { success: true };
  });
  return router;
}

/** The businesses that the call's token opens: all numbers of one business share it. */
function caller({ state, now }: ApiDeps, ctx: Ctx): { token: string } {
  const { token } = authenticate(state.accounts.values(), ctx, now(), refusals);
  return { token: token.value };
}

/** The path's number. A foreign one looks like one that is not there. */
function numberOf(deps: ApiDeps, ctx: Ctx): Account {
  const { token } = caller(deps, ctx);
  const account = deps.state.accounts.get(ctx.params['id'] ?? '');
  if (account?.tokens.some(({ value }) => value === token)) return account;
  throw refusals.unknownObject(ctx.params['id'] ?? '');
}

function wabaOf(deps: ApiDeps, ctx: Ctx): Waba {
  const { token } = caller(deps, ctx);
  const waba = deps.state.wabas.get(ctx.params['id'] ?? '');
  const own = [...deps.state.accounts.values()].some(
    ({ wabaId, tokens }) => wabaId === waba?.id && tokens.some(({ value }) => value === token),
  );
  if (waba && own) return waba;
  throw refusals.unknownObject(ctx.params['id'] ?? '');
}

/** The path's file, if it is one of a business that the token opens. */
function mediaOf(deps: ApiDeps, ctx: Ctx): MediaItem | undefined {
  const { token } = caller(deps, ctx);
  const item = deps.media.find(ctx.params['id'] ?? '');
  const owner = deps.state.accounts.get(item?.accountId ?? '');
  if (!item || !owner?.tokens.some(({ value }) => value === token)) return undefined;
  const through = parameter(ctx, 'phone_number_id');
  if (through !== undefined && through !== item.accountId) throw refusals.unknownObject(item.id);
  return item;
}

function addMedia(router: Router, deps: ApiDeps): void {
  router.post('/:id/media', async (ctx) => {
    const account = numberOf(deps, ctx as Ctx);
    const form = formOf(ctx);
    const file = form?.get('file');
    if (form?.get('messaging_product') !== 'whatsapp') throw refusals.missing('messaging_product');
    if (!(file instanceof File)) throw refusals.badFile('Param file must be a file.');
    const type = form.get('type');
    const mimeType = typeof type === 'string' && type !== '' ? type : file.type;
    const [kind = ''] = mimeType.split('/');
    const known = ['image', 'video', 'audio'].includes(kind) ? kind : 'document';
    const bytes = Buffer.from(await file.arrayBuffer());
    const sticker = mimeType.startsWith('image/webp');
    const reason = sticker ? refuseSticker(bytes) : refuseFile(known, mimeType, file.size);
    if (reason !== null || !MIME_TYPES.includes(mimeType.split(';')[0] ?? ''))
      throw refusals.badFile(reason ?? `Param file must be one of: ${MIME_TYPES.join(', ')}.`);
    const given = { accountId: account.id, mimeType, bytes, filename: file.name };
    ctx.body = { id: deps.media.add({ ...given, from: 'business' }).id };
  });
  router.get('/lookaside/*path', (ctx) => {
    caller(deps, ctx as Ctx);
    const item = deps.media.byAddress(ctx.query);
    const bytes = item && deps.media.bytesOf(item);
    if (!item || !bytes) {
      ctx.status = 404;
      return void (ctx.body = 'Not Found');
    }
    ctx.type = item.mimeType;
    ctx.body = bytes;
  });
}

function describeMedia({ media }: ApiDeps, item: MediaItem): object {
  return {
    messaging_product: 'whatsapp',
    url: media.address(item),
    mime_type: item.mimeType,
    sha256: item.sha256,
    file_size: item.size,
    id: item.id,
  };
}

function describeNumber(deps: ApiDeps, ctx: Ctx): object {
  const { id, number, verifiedName, qualityRating } = numberOf(deps, ctx);
  const all = {
    verified_name: verifiedName,
    code_verification_status: 'VERIFIED',
    display_phone_number: displayed(number),
    quality_rating: qualityRating,
    platform_type: 'CLOUD_API',
    throughput: { level: 'STANDARD' },
    id,
  };
  const usual = 'verified_name,code_verification_status,display_phone_number,quality_rating';
  return pickFields(all, ctx, `${usual},platform_type,throughput`);
}

function addSubscriptions(router: Router, deps: ApiDeps): void {
  router.post('/:id/subscribed_apps', async (ctx) => {
    const waba = wabaOf(deps, ctx as Ctx);
    const url = parameter(ctx as Ctx, 'override_callback_uri');
    const verifyToken = parameter(ctx as Ctx, 'verify_token') ?? deps.verifyToken;
    if (url !== undefined && !/^https?:\/\//.test(url))
      throw refusals.invalid('override_callback_uri must be an address.');
    const callbackUrl = url === undefined ? null : await verified(url, verifyToken);
    waba.subscription = { callbackUrl };
    ctx.body = { success: true };
  });
  router.get('/:id/subscribed_apps', (ctx) => {
    const { subscription } = wabaOf(deps, ctx as Ctx);
    const url = subscription?.callbackUrl;
    const app = {
      whatsapp_business_api_data: { id: '670000000000001', link: '', name: 'Sandbox app' },
      ...(url && { override_callback_uri: url }),
    };
    ctx.body = { data: subscription ? [app] : [] };
  });
  router.delete('/:id/subscribed_apps', (ctx) => {
    wabaOf(deps, ctx as Ctx).subscription = null;
    ctx.body = { success: true };
  });
}

async function verified(url: string, verifyToken: string): Promise<string> {
  try {
    return await registerCallback({ url, verifyToken });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw refusals.callback([error.message, ...error.details].join(' '));
  }
}
