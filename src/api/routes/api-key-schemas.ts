import { z } from 'zod';
import { AccountId, OpaqueId, Timestamp } from './common-schemas.ts';

const Role = z.enum(['admin', 'crm']).meta({
  description:
    '`crm`: messages and conversations, and to look at its accounts, their webhooks and dead ' +
    'letters. `admin`: all that, and to change accounts, keys, rules and dead letters.',
});

/** One message for both shapes: a union would report what is wrong with each. */
const AccountScope = z
  .union(
    [z.literal('*'), z.array(AccountId).min(1).max(1000)],
    'must be "*" or a list of 1 to 1000 account ids',
  )
  .meta({
    id: 'AccountScope',
    description: '`"*"` for all accounts, those to come included, or a list of ids.',
  });

export const ApiKeyId = OpaqueId.meta({
  description: 'Id of an API key; not the key itself.',
  examples: ['key_1a2b3c4d5e6f4a8b9c0d1e2f3a4b5c6d'],
});

export const CreateApiKeyRequest = z
  .strictObject({
    name: z
      .string()
      .max(100, 'must have at most 100 characters')
      .regex(/\S/, 'must not be empty')
      .meta({ description: 'Says what uses the key.' }),
    role: Role,
    account_ids: AccountScope,
    expires_at: z.iso
      .datetime({
        offset: true,
        abort: true,
        error: 'must be a time as in ISO 8601, with Z or an offset',
      })
      .refine((text) => Date.parse(text) > Date.now(), 'must be in the future')
      .nullable()
      .optional()
      .meta({ description: 'From when on the key is refused. Left out: never.' }),
  })
  .meta({ id: 'CreateApiKeyRequest' });

const apiKey = {
  key_id: ApiKeyId,
  name: z.string(),
  role: Role,
  account_ids: AccountScope,
  prefix: z.string().meta({ description: 'The first characters, to recognise the key by.' }),
  last4: z.string().meta({ description: 'The last four characters.' }),
  expires_at: Timestamp.nullable(),
  revoked_at: Timestamp.nullable(),
  last_used_at: Timestamp.nullable().meta({ description: 'To the minute.' }),
  created_at: Timestamp,
};

export const ApiKeyResponse = z.object(apiKey).meta({ id: 'ApiKeyResponse' });

export const CreatedApiKeyResponse = z
  .object({
    ...apiKey,
    key: z.string().meta({ description: 'The key, here and never again: keep it now.' }),
  })
  .meta({ id: 'CreatedApiKeyResponse' });

export const createApiKeyExample: z.input<typeof CreateApiKeyRequest> = {
  name: 'CRM production',
  role: 'crm',
  account_ids: ['acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b'],
};

export const apiKeyExample: z.output<typeof ApiKeyResponse> = {
  key_id: 'key_1a2b3c4d5e6f4a8b9c0d1e2f3a4b5c6d',
  name: 'CRM production',
  role: 'crm',
  account_ids: ['acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b'],
  prefix: 'c4a_live_7Gq2',
  last4: 'x9Kd',
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
  created_at: '2026-11-21T09:00:00.000Z',
};
