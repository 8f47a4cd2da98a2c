import { defineEntity, p } from '@mikro-orm/core';
import { id, now, text, time } from './columns.ts';

/** A key of the API: only its SHA-256 is kept, which is enough for 190 random bits. */
export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  properties: {
    id: id(),
    name: text(),
    role: text(),
    /** Account ids, or the one entry `*`. */
    accountIds: p.array().columnType('text[]'),
    keyHash: text().unique(),
    prefix: text(),
    last4: text(),
    expiresAt: time().nullable(),
    revokedAt: time().nullable(),
    lastUsedAt: time().nullable(),
    createdAt: now(),
  },
});
