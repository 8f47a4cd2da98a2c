import Router from '@koa/router';
import { type Ctx, bodyOf } from '../http.ts';
import { MetaError } from '../meta/errors.ts';
import { type Caller, authenticate, newToken, parameter, pickFields } from '../meta/tokens.ts';
import { sampleFile } from '../sample-file.ts';
import { refusals } from './errors.ts';
import { type SendDeps, send } from './send.ts';
import { messageById } from './message-by-id.ts';
import { type Account, threadKey } from './state.ts';

const DAY = 24 * 3_600_000;

/** The fake graph.instagram.com under `/instagram`, with any version in the path or none. */
export function createInstagramApi(deps: SendDeps & { appSecret: string }): Router {
  const { state, now } = deps;
  const caller = (ctx: Ctx) => authenticate(state.accounts.values(), ctx, now(), refusals);
  const account = (ctx: Ctx) => ownAccount(caller(ctx), ctx.params['id'] ?? '');
  const router = new Router({ prefix: '/instagram' });
  router.get('/cdn/*file', (ctx) => {
    const expires = parameter(ctx as Ctx, 'expires');
    if (expires !== undefined && Number(expires) <= now())
      throw new MetaError({ status: 403, code: 1, message: 'URL signature expired' });
    const file = sampleFile(ctx.path);
    ctx.type = file.type;
    ctx.body = file.bytes;
  });
  router.get('/access_token', (ctx) => {
    requireGrant(ctx as Ctx, 'ig_exchange_token');
    if (parameter(ctx as Ctx, 'client_secret') !== deps.appSecret)
      throw refusals.parameter('Error validating client secret.');
    ctx.body = issue(caller(ctx as Ctx).account, now());
  });
  router.get('/refresh_access_token', (ctx) => {
    requireGrant(ctx as Ctx, 'ig_refresh_token');
    const { account: owner, token } = caller(ctx as Ctx);
    if (now() - token.issuedAt < DAY) throw refusals.youngToken();
    ctx.body = issue(owner, now());
  });
  router.post('/:id/messages', (ctx) => {
    ctx.body = send(deps, account(ctx as Ctx), bodyOf(ctx));
  });
  router.post('/:id/subscribed_apps', (ctx) => {
    const owner = account(ctx as Ctx);
    const fields = parameter(ctx as Ctx, 'subscribed_fields')
      ?.split(',')
      .filter(Boolean);
    if (!fields?.length) throw refusals.parameter('The parameter subscribed_fields is required.');
    owner.subscribedFields = fields;
    ctx.body = { success: true };
  });
  router.get('/:id/subscribed_apps', (ctx) => {
    const fields = account(ctx as Ctx).subscribedFields;
    ctx.body = { data: fields ? [{ subscribed_fields: fields }] : [] };
  });
  router.delete('/:id/subscribed_apps', (ctx) => {
    account(ctx as Ctx).subscribedFields = null;
    ctx.body = { success: true };
  });
  router.get('/:id', (ctx) => {
    const { account: owner } = caller(ctx as Ctx);
    const id = ctx.params['id'] ?? '';
    const message = messageById(deps.state, owner, id, ctx as Ctx);
    if (message) return void (ctx.body = message);
    if (id !== 'me' && id !== owner.id) return void (ctx.body = profile(deps, owner, ctx as Ctx));
    const flat = pickFields(describe(owner), ctx as Ctx, 'user_id,username');
    ctx.body = owner.wrapsMe ? { data: [flat] } : flat;
  });
  return router;
}

function issue(account: Account, now: number): object {
  const token = newToken(now);
  account.tokens.unshift(token);
  const expiresIn = Math.floor((token.expiresAt - now) / 1000);
  return { access_token: token.value, token_type: 'bearer', expires_in: expiresIn };
}

function describe(account: Account): Record<string, unknown> {
  return {
    user_id: account.id,
    id: account.appScopedId,
    username: account.username,
    name: account.name,
    account_type: 'BUSINESS',
    profile_picture_url: null,
  };
}

/** A person's profile: only after they wrote, and nothing once they blocked the account. */
function profile(deps: SendDeps, account: Account, ctx: Ctx): object {
  const id = ctx.params['id'] ?? '';
  const thread = deps.state.threads.get(threadKey(account.id, id));
  if (!thread) throw refusals.unknownObject(id);
  if (thread.lastInboundAt === null) throw refusals.noConsent();
  if (thread.blocked) return { id };
  const person = {
    id,
    name: thread.name,
    username: thread.username,
    profile_pic: null,
    follower_count: 128,
    is_verified_user: false,
    is_user_follow_business: true,
    is_business_follow_user: false,
  };
  return pickFields(person, ctx, 'name,username');
}

/** The path's account: `me` or the token's own id. A foreign id looks like one that is not there. */
function ownAccount({ account }: Caller<Account>, id: string): Account {
  if (id === 'me' || id === account.id) return account;
  throw refusals.unknownObject(id);
}

/** Throws the platform's refusal unless the parameter has this value. */
function requireGrant(ctx: Ctx, grant: string): void {
  if (parameter(ctx, 'grant_type') !== grant)
    throw refusals.parameter(`Param grant_type must be ${grant}`);
}
