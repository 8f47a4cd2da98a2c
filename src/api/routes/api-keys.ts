import { z } from 'zod';
import type { AccountStore } from '../../database/account-store.ts';
import type { ApiKeyStore, ApiKeyView, Caller } from '../../database/api-key-store.ts';
import type { AccountScope } from '../../database/message-store.ts';
import { covers, requireAccount, requireAllAccounts } from '../access.ts';
import { ApiError, bodyError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  apiKeyExample,
  ApiKeyId,
  ApiKeyResponse,
  createApiKeyExample,
  CreateApiKeyRequest,
  CreatedApiKeyResponse,
} from './api-key-schemas.ts';
import { isoOrNull, PageQuery, pageOf } from './common-schemas.ts';

/** What these routes need of the router. */
export type ApiKeyRoutesDeps = {
  apiKeys: ApiKeyStore;
  accounts: Pick<AccountStore, 'find'>;
};

const tags = ['API keys'];

export function createApiKeyRoutes({ apiKeys, accounts }: ApiKeyRoutesDeps): Route[] {
  const createApiKey = defineRoute({
    method: 'post',
    path: '/api/v1/api-keys',
    operationId: 'createApiKey',
    summary: 'Make an API key',
    description:
      'Answers the key once; only its hash is kept. It works at once, for the accounts it names ' +
      'and no others. A key cannot make one that may do more than itself. Needs an `admin` key.',
    tags,
    auth: 'admin',
    body: CreateApiKeyRequest,
    bodyExample: createApiKeyExample,
    responses: {
      201: {
        description: 'Made.',
        schema: CreatedApiKeyResponse,
        example: { ...apiKeyExample, key: 'c4a_live_7Gq2…x9Kd' },
      },
    },
    errors: ['account_forbidden', 'account_not_found'],
    async handle({ body, caller, log }) {
      await requireScope(caller, body.account_ids, accounts);
      const { key, view } = await apiKeys.create(
        {
          name: body.name,
          role: body.role,
          accountIds: body.account_ids,
          expiresAt: body.expires_at ? new Date(body.expires_at) : null,
        },
        caller.keyId,
      );
      log.info('api key created', { key_id: view.id });
      return { status: 201, body: { ...presentKey(view), key } };
    },
  });

  const listApiKeys = defineRoute({
    method: 'get',
    path: '/api/v1/api-keys',
    operationId: 'listApiKeys',
    summary: 'List API keys',
    description:
      'Never the keys themselves. An `admin` key for some accounts sees the keys that may do no ' +
      'more than itself, so that its pages can be shorter than `limit`.',
    tags,
    auth: 'admin',
    query: PageQuery,
    responses: {
      200: {
        description: 'A page of keys.',
        schema: pageOf(ApiKeyResponse, 'ApiKeyPage'),
        example: { data: [apiKeyExample], next_cursor: null },
      },
    },
    async handle({ query, caller }) {
      const page = await apiKeys.list(query);
      const visible = page.items.filter((view) => covers(caller.accountIds, view.accountIds));
      return {
        status: 200,
        body: { data: visible.map(presentKey), next_cursor: page.nextCursor },
      };
    },
  });

  const revokeApiKey = defineRoute({
    method: 'delete',
    path: '/api/v1/api-keys/{key_id}',
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key',
    description: 'Its next request is refused, in every process. Needs an `admin` key.',
    tags,
    auth: 'admin',
    params: z.object({ key_id: ApiKeyId }),
    responses: { 204: { description: 'Revoked.' } },
    errors: ['api_key_not_found'],
    async handle({ params: { key_id }, caller, log }) {
      const visible = caller.accountIds === '*' || (await canSee(caller, key_id, apiKeys));
      if (!visible || !(await apiKeys.revoke(key_id, caller.keyId)))
        throw new ApiError('api_key_not_found');
      log.info('api key revoked', { key_id });
      return { status: 204 };
    },
  });

  return [createApiKey, listApiKeys, revokeApiKey];
}

/** A new key may name what its maker may use, and accounts that there are. */
async function requireScope(
  caller: Caller,
  wanted: AccountScope,
  accounts: Pick<AccountStore, 'find'>,
): Promise<void> {
  if (wanted === '*') return requireAllAccounts(caller, 'make such a key');
  for (const [index, id] of wanted.entries())
    requireAccount(caller, id, 'body', `/account_ids/${index}`);
  for (const [index, id] of wanted.entries())
    if (!(await accounts.find(id)))
      throw bodyError('account_not_found', `/account_ids/${index}`, 'is not the id of an account');
}

/** Whether a key for some accounts may see this key. Rare, so that walking the list will do. */
async function canSee(caller: Caller, keyId: string, apiKeys: ApiKeyStore): Promise<boolean> {
  let cursor: string | undefined;
  do {
    const page = await apiKeys.list({ limit: 100, cursor });
    const found = page.items.find((view) => view.id === keyId);
    if (found) return covers(caller.accountIds, found.accountIds);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return false;
}

function presentKey(view: ApiKeyView): z.output<typeof ApiKeyResponse> {
  return {
    key_id: view.id,
    name: view.name,
    role: view.role,
    account_ids: view.accountIds === '*' ? '*' : [...view.accountIds],
    prefix: view.prefix,
    last4: view.last4,
    expires_at: isoOrNull(view.expiresAt),
    revoked_at: isoOrNull(view.revokedAt),
    last_used_at: isoOrNull(view.lastUsedAt),
    created_at: view.createdAt.toISOString(),
  };
}
