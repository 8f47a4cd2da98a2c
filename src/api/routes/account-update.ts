import { z } from 'zod';
import type { AccountChanges, AccountView } from '../../database/account-store.ts';
import { requireAccount } from '../access.ts';
import { ApiError, bodyError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { validate } from '../validate.ts';
import { checkIdentity, connect, identityOf } from './account-connection.ts';
import { accountExample, updateExample } from './account-examples.ts';
import { credentialsIn, inputsOf, membersIn } from './account-members.ts';
import type { AccountSchemas } from './account-schemas.ts';
import { type AccountRoutesDeps, presentAccount } from './account-view.ts';
import { AccountId } from './common-schemas.ts';

const DAY_SECONDS = 86_400;

export function updateAccountRoute(deps: AccountRoutesDeps, schemas: AccountSchemas): Route {
  const { accounts, channels, kick } = deps;
  return defineRoute({
    method: 'put',
    path: '/api/v1/accounts/{account_id}',
    operationId: 'updateAccount',
    summary: 'Change an account',
    description:
      'Takes any subset of the members. New credentials are checked with the platform first and ' +
      'let paused messages go on; a new `crm_webhook_url`, or `"enabled": true`, lets waiting ' +
      'webhooks go on. After a new `webhook_secret` the old one signs beside it for ' +
      '`webhook_secret_overlap_seconds` (a day). Needs an `admin` key.',
    tags: ['Accounts'],
    auth: 'admin',
    params: z.object({ account_id: AccountId }),
    body: schemas.UpdateAccountRequest,
    bodyExample: updateExample,
    responses: {
      200: { description: 'Changed.', schema: schemas.AccountResponse, example: accountExample },
    },
    errors: [
      'account_forbidden',
      'account_not_found',
      'credentials_refused',
      'account_mismatch',
      'platform_refused',
      'platform_unavailable',
    ],
    async handle({ params: { account_id }, body, caller, log }) {
      requireAccount(caller, account_id, 'path');
      const account = await accounts.find(account_id);
      if (!account) throw new ApiError('account_not_found');
      const changes: AccountChanges = {
        username: body.username,
        crmWebhookUrl: body.crm_webhook_url,
        webhookHeaders: body.crm_webhook_headers === null ? {} : body.crm_webhook_headers,
        enabled: body.enabled,
        settings: body.on_unknown_outcome && { on_unknown_outcome: body.on_unknown_outcome },
        webhookSecret:
          body.webhook_secret === undefined
            ? undefined
            : {
                secret: body.webhook_secret,
                overlapMs: (body.webhook_secret_overlap_seconds ?? DAY_SECONDS) * 1000,
              },
        ...(await newCredentials(account, body, deps)),
      };
      const updated = await accounts.update(account_id, changes, caller.keyId);
      if (!updated) throw new ApiError('account_not_found');
      // What waited for a token, a URL or the account itself has been woken in the same commit.
      kick();
      log.info('account changed', { account_id, channel: account.channel });
      return { status: 200, body: presentAccount(updated, channels, caller.role) };
    },
  });
}

/** The credentials of a change, accepted by the platform and connected; undefined if it has none. */
async function newCredentials(
  account: AccountView,
  body: Record<string, unknown>,
  { channels, publicUrl }: AccountRoutesDeps,
): Promise<Pick<AccountChanges, 'credentials' | 'credentialsExpireAt'>> {
  const channel = channels.get(account.channel);
  const known = identityOf(channel, account);
  const given = credentialsIn(body, channel, channels);
  const inputs = inputsOf(channel);
  if (Object.keys(given).length === 0) return {};
  const pointer = `/${Object.keys(given)[0] ?? ''}`;
  const read = validate(channel.accountSchema, { ...membersIn(known, inputs), ...given }, 'body');
  if (read.externalId !== account.externalId)
    throw bodyError('account_mismatch', pointer, 'belongs to another account');
  const identity = await checkIdentity(channel, read, pointer);
  await connect(channel, { id: account.id, ...read }, publicUrl);
  return { credentials: read.credentials, credentialsExpireAt: identity.expiresAt };
}
