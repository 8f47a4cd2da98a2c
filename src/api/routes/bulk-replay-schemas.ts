import { z } from 'zod';
import { AccountId, OpaqueId, PageQuery, Timestamp } from './common-schemas.ts';
import { DeadLetterKindName, ReplayFilter } from './dead-letter-schemas.ts';

export const BulkReplayId = OpaqueId.meta({
  description: 'Id of a bulk replay.',
  examples: ['replay_9e8d7c6b5a4f4e3d2c1b0a9f8e7d6c5b'],
});

export const BulkReplayQuery = PageQuery.extend({
  account_id: AccountId.optional().meta({ description: 'Only bulk replays of this account.' }),
});

const target = {
  kind: DeadLetterKindName,
  account_id: AccountId.meta({ description: 'The one account whose dead letters are replayed.' }),
};
const RATE_LIMIT = 100;

export const CreateBulkReplayRequest = z
  .strictObject({
    ...target,
    filter: ReplayFilter.optional().meta({
      description: 'Which of the open dead letters; left out or empty: all of them.',
    }),
    rate_per_second: z.int().min(1).max(RATE_LIMIT).default(10).meta({
      description: 'How many are replayed a second at most.',
    }),
    dry_run: z.boolean().default(false).meta({
      description: 'true: only counts what would be replayed now.',
    }),
  })
  .meta({ id: 'CreateBulkReplayRequest', description: 'Dead letters to be replayed by filter.' });

export const BulkReplayPreview = z
  .object({
    ...target,
    dry_run: z.literal(true),
    total: z.int().meta({ description: 'How many dead letters it would replay now.' }),
  })
  .meta({ id: 'BulkReplayPreview', description: 'What a bulk replay would do.' });

export const BulkReplayResponse = z
  .object({
    replay_id: BulkReplayId,
    ...target,
    filter: z.object({
      reason: z.string().optional(),
      from: Timestamp.optional(),
      to: Timestamp.optional(),
    }),
    rate_per_second: z.int(),
    state: z.enum(['running', 'paused', 'cancelled', 'done']),
    total: z.int().meta({ description: 'How many there were to replay at its start.' }),
    replayed: z.int().meta({ description: 'How many have been tried once more so far.' }),
    skipped: z.int().meta({ description: 'Dealt with by somebody else in the meantime.' }),
    created_at: Timestamp,
    finished_at: Timestamp.nullable(),
  })
  .meta({ id: 'BulkReplayResponse', description: 'A bulk replay and how far it is.' });

const ACCOUNT_ID = 'acc_5f0c2a9be6c84d0ab2a1c34e5d6f7a8b';

export const createBulkReplayExample: z.input<typeof CreateBulkReplayRequest> = {
  kind: 'webhooks',
  account_id: ACCOUNT_ID,
  filter: { reason: 'expired', from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z' },
  rate_per_second: 20,
  dry_run: false,
};

export const bulkReplayPreviewExample: z.output<typeof BulkReplayPreview> = {
  kind: 'webhooks',
  account_id: ACCOUNT_ID,
  dry_run: true,
  total: 2000,
};

export const bulkReplayExample: z.output<typeof BulkReplayResponse> = {
  replay_id: 'replay_9e8d7c6b5a4f4e3d2c1b0a9f8e7d6c5b',
  kind: 'webhooks',
  account_id: ACCOUNT_ID,
  filter: { reason: 'expired', from: '2026-11-21T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' },
  rate_per_second: 20,
  state: 'running',
  total: 2000,
  replayed: 400,
  skipped: 3,
  created_at: '2026-11-22T08:00:00.000Z',
  finished_at: null,
};
