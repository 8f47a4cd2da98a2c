import { randomBytes } from 'node:crypto';
import type { Channel, NewAccount } from '../../channels/channel.ts';
import { requireAllAccounts } from '../access.ts';
import { bodyError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { checkIdentity, connect, identityOf } from './account-connection.ts';
import { createExample, createdExample } from './account-examples.ts';
import { inputsOf } from './account-members.ts';
import type { AccountSchemas } from './account-schemas.ts';
import { type AccountRoutesDeps, presentAccount } from './account-view.ts';

export function createAccountRoute(deps: AccountRoutesDeps, schemas: AccountSchemas): Route {
  const { accounts, channels } = deps;
  return defineRoute({
    method: 'post',
    path: '/api/v1/accounts',
    operationId: 'createAccount',
    summary: 'Register an account of a platform',
    description:
      'Asks the platform whose the credentials are, stores them encrypted, and has the platform ' +
      "send the account's webhooks here. From then on customers' messages reach `crm_webhook_url`. " +
      'Needs an `admin` key for all accounts. If the platform refuses any of it, nothing is kept.',
    tags: ['Accounts'],
    auth: 'admin',
    body: schemas.CreateAccountRequest,
    bodyExample: createExample,
    responses: {
      201: {
        description: 'Registered and connected.',
        schema: schemas.CreatedAccountResponse,
        example: createdExample,
      },
    },
    errors: [
      'account_forbidden',
      'credentials_refused',
      'account_mismatch',
      'platform_refused',
      'platform_unavailable',
      'account_exists',
    ],
    async handle({ body, caller, log }) {
      requireAllAccounts(caller, 'register an account');
      const channel = channels.get(body.channel);
      const { externalId, details, credentials } = body.account;
      const pointer = pointerTo(body.account, channel);
      const exists = bodyError('account_exists', pointer, 'is registered already');
      if (await accounts.findByExternalId(channel.name, externalId)) throw exists;
      const identity = await checkIdentity(channel, body.account, pointer);
      const webhook = webhookOf(body, deps.defaultWebhook);
      const created = await accounts.create(
        {
          channel: channel.name,
          externalId,
          details,
          username: body.username ?? identity.username,
          credentials,
          credentialsExpireAt: identity.expiresAt,
          crmWebhookUrl: webhook.url,
          webhookSecret: webhook.secret,
          webhookHeaders: body.crm_webhook_headers ?? {},
          settings: body.on_unknown_outcome && { on_unknown_outcome: body.on_unknown_outcome },
        },
        caller.keyId,
      );
      // Somebody else registered it while the platform was being asked.
      if (!created) throw exists;
      try {
        await connect(channel, { id: created.id, ...body.account }, deps.publicUrl);
      } catch (error) {
        await accounts.remove(created.id, caller.keyId);
        throw error;
      }
      log.info('account created', { account_id: created.id, channel: channel.name });
      return {
        status: 201,
        headers: { Location: `/api/v1/accounts/${created.id}` },
        body: {
          ...presentAccount(created, channels, caller.role),
          ...(webhook.generated ? { webhook_secret: webhook.secret } : {}),
        },
      };
    },
  });
}

/** The member that names the account: of the channel's own ones, or what it is read from. */
function pointerTo(account: NewAccount, channel: Channel): string {
  const shown = Object.keys(identityOf(channel, account));
  const given = inputsOf(channel);
  return `/${shown.find((name) => given.includes(name)) ?? given[0] ?? ''}`;
}

/** URL and secret of a new account, and whether the secret is one that only the answer tells. */
function webhookOf(
  body: { crm_webhook_url?: string | null | undefined; webhook_secret?: string | undefined },
  fallback: AccountRoutesDeps['defaultWebhook'],
): { url: string | null; secret: string; generated: boolean } {
  const url = body.crm_webhook_url === undefined ? (fallback.url ?? null) : body.crm_webhook_url;
  // The default secret is known to the default receiver only; nobody else is to sign with it.
  const known = body.webhook_secret ?? (url === fallback.url ? fallback.secret : undefined);
  if (known !== undefined) return { url, secret: known, generated: false };
  return { url, secret: `whsec_${randomBytes(32).toString('base64')}`, generated: true };
}
