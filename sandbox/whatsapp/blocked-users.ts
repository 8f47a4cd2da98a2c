import type Router from '@koa/router';
import { type Ctx, bodyOf } from '../http.ts';
import { WINDOW } from '../meta/window.ts';
import { isObject } from './content.ts';
import { refusals } from './errors.ts';
import { digitsOf } from './numbers.ts';
import { threadByNumber } from './people.ts';
import type { Account, Thread, WhatsAppState } from './state.ts';

type Deps = { state: WhatsAppState; now: () => number };
type Named = { input: string; thread: Thread | undefined };

const MAX_USERS = 1000;

/**
 * Whom the business does not want to hear from: `POST`, `DELETE` and `GET
 * /{phone number id}/block_users`. Nothing that they write is told, and nothing can be sent to them.
 */
export function addBlockedUsers(router: Router, deps: Deps, numberOf: (ctx: Ctx) => Account): void {
  router.post('/:id/block_users', (ctx) => {
    const account = numberOf(ctx as Ctx);
    const named = readUsers(deps, account, bodyOf(ctx));
    const [added, failed] = [named.filter(canBlock(deps)), named.filter(notBlocked(deps))];
    for (const { thread } of added) if (thread) thread.blockedByBusiness = true;
    ctx.body = {
      messaging_product: 'whatsapp',
      block_users: {
        added_users: added.map(described),
        ...(failed.length > 0 && { failed_users: failed.map(refused) }),
      },
    };
  });
  router.delete('/:id/block_users', (ctx) => {
    const named = readUsers(deps, numberOf(ctx as Ctx), bodyOf(ctx));
    for (const { thread } of named) if (thread) thread.blockedByBusiness = false;
    const removed = named.filter(({ thread }) => thread !== undefined).map(described);
    ctx.body = { messaging_product: 'whatsapp', block_users: { removed_users: removed } };
  });
  router.get('/:id/block_users', (ctx) => {
    const { id } = numberOf(ctx as Ctx);
    const blocked = [...deps.state.threads.values()].filter(
      (thread) => thread.accountId === id && thread.blockedByBusiness,
    );
    ctx.body = {
      data: blocked.map((thread) => ({ messaging_product: 'whatsapp', ...identity(thread) })),
      paging: { cursors: { before: blocked[0]?.id ?? '', after: blocked.at(-1)?.id ?? '' } },
    };
  });
}

function readUsers({ state }: Deps, account: Account, body: unknown): Named[] {
  if (!isObject(body) || body['messaging_product'] !== 'whatsapp')
    throw refusals.missing('messaging_product');
  const given: unknown = body['block_users'];
  if (!Array.isArray(given) || given.length === 0) throw refusals.missing('block_users');
  if (given.length > MAX_USERS)
    throw refusals.invalid(`block_users has at most ${MAX_USERS} entries.`);
  return given.map((each: unknown) => {
    const { user, user_id: userId } = isObject(each) ? each : {};
    const input = user ?? userId;
    if (typeof input !== 'string') throw refusals.missing('block_users[user]');
    const thread =
      user === undefined
        ? [...state.threads.values()].find(
            (one) => one.accountId === account.id && one.userId === input,
          )
        : threadByNumber(state, account, digitsOf(input));
    return { input, thread };
  });
}

/** Only somebody who wrote within the last day can be blocked. */
function canBlock({ now }: Deps) {
  return ({ thread }: Named) =>
    typeof thread?.lastInboundAt === 'number' && now() - thread.lastInboundAt < WINDOW;
}

function notBlocked(deps: Deps) {
  const can = canBlock(deps);
  return (named: Named) => !can(named);
}

function described({ input, thread }: Named): object {
  return { input, ...(thread && identity(thread)) };
}

function identity({ number, userId }: Thread): object {
  return { ...(number !== null && { wa_id: number }), user_id: userId };
}

function refused({ input, thread }: Named): object {
  const message = 'Failed to block the user: there was no message from them in the last 24 hours.';
  return {
    ...described({ input, thread }),
    errors: [{ code: 139101, message, error_data: { details: message } }],
  };
}
