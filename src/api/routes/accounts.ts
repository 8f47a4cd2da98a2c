import { z } from 'zod';
import { requireAccount } from '../access.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { disconnect } from './account-connection.ts';
import { createAccountRoute } from './account-create.ts';
import { accountExample } from './account-examples.ts';
import { type AccountSchemas, createAccountSchemas } from './account-schemas.ts';
import { updateAccountRoute } from './account-update.ts';
import { type AccountRoutesDeps, presentAccount } from './account-view.ts';
import { AccountId, PageQuery, pageOf } from './common-schemas.ts';
import { createWebhookTestRoute } from './webhook-test.ts';

const tags = ['Accounts'];
const params = z.object({ account_id: AccountId });

export function createAccountRoutes(deps: AccountRoutesDeps): Route[] {
  const schemas = createAccountSchemas(deps.channels, deps.webhooks);
  return [
    createAccountRoute(deps, schemas),
    listAccounts(deps, schemas),
    getAccount(deps, schemas),
    updateAccountRoute(deps, schemas),
    deleteAccount(deps),
    createWebhookTestRoute(deps),
  ];
}

function listAccounts({ accounts, channels }: AccountRoutesDeps, schemas: AccountSchemas): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/accounts',
    operationId: 'listAccounts',
    summary: 'List the accounts of your key',
    description:
      'Page by page; `next_cursor` leads to the next one. A `crm` key sees its own accounts, without ' +
      'what only an administrator needs: where their webhooks go.',
    tags,
    auth: 'crm',
    query: PageQuery,
    responses: {
      200: {
        description: 'A page of accounts.',
        schema: pageOf(schemas.AccountResponse, 'AccountPage'),
        example: { data: [accountExample], next_cursor: null },
      },
    },
    async handle({ query, caller }) {
      const page = await accounts.list(caller.accountIds, query);
      const data = page.items.map((account) => presentAccount(account, channels, caller.role));
      return { status: 200, body: { data, next_cursor: page.nextCursor } };
    },
  });
}

function getAccount({ accounts, channels }: AccountRoutesDeps, schemas: AccountSchemas): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/accounts/{account_id}',
    operationId: 'getAccount',
    summary: 'Look at one account',
    description:
      'Never shows the token or the webhook secret, and to a `crm` key not where its webhooks go.',
    tags,
    auth: 'crm',
    params,
    responses: {
      200: { description: 'Found.', schema: schemas.AccountResponse, example: accountExample },
    },
    errors: ['account_forbidden', 'account_not_found'],
    async handle({ params: { account_id }, caller }) {
      requireAccount(caller, account_id, 'path');
      const account = await accounts.find(account_id);
      if (!account) throw new ApiError('account_not_found');
      return { status: 200, body: presentAccount(account, channels, caller.role) };
    },
  });
}

function deleteAccount({ accounts, channels, kick }: AccountRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: '/api/v1/accounts/{account_id}',
    operationId: 'deleteAccount',
    summary: 'Delete an account',
    description:
      'Erases the credentials and ends the webhooks of the platform. Messages that wait fail with ' +
      'code `account_deleted`; what was written stays readable. Needs an `admin` key.',
    tags,
    auth: 'admin',
    params,
    responses: { 204: { description: 'Deleted.' } },
    errors: ['account_forbidden', 'account_not_found'],
    async handle({ params: { account_id }, caller, log }) {
      requireAccount(caller, account_id, 'path');
      const opened = await accounts.open(account_id);
      if (!(await accounts.remove(account_id, caller.keyId)))
        throw new ApiError('account_not_found');
      kick();
      const shared = await accounts.sharesConnection(account_id);
      if (opened && channels.has(opened.channel) && !shared)
        await disconnect(channels.get(opened.channel), opened, log);
      log.info('account deleted', { account_id });
      return { status: 204 };
    },
  });
}
