import { z } from 'zod';
import { MessageId, TimeBefore, Timestamp, TimeWithOffset } from './common-schemas.ts';

const Fault = z
  .enum(['unavailable', 'busy', 'read_only', 'denied', 'schema', 'refused', 'unknown'])
  .meta({
    description: `
- \`unavailable\`: not reached, no answer in time, no free connection.
- \`busy\`: a lock, a deadlock, or another writer.
- \`read_only\`: the server takes no writes.
- \`denied\`: user, password or permissions.
- \`schema\`: the table or its columns are not as they must be; see \`problems\`.
- \`refused\`: values that the table does not take; the rows become dead letters.
- \`unknown\`: anything else; see \`code\` and \`errno\`.`,
  });

const ColumnNames = z.array(z.string()).meta({
  description: 'Columns that would be filled if the table had them, with room for our values.',
});

export const MirrorResponse = z
  .object({
    enabled: z.boolean().meta({ description: 'Whether messages are copied.' }),
    missing_settings: z.array(z.string()).meta({
      description: 'What must be set for it, where it was asked for and is off all the same.',
    }),
    target: z
      .object({ host: z.string(), port: z.int(), database: z.string(), table: z.string() })
      .nullable(),
    lag: z.object({
      rows: z.int().meta({ description: 'Messages that wait.' }),
      seconds: z.number().meta({ description: 'How long the oldest of them has waited.' }),
    }),
    dead_letters: z.int().meta({
      description: 'Messages that the table could not take: `GET /api/v1/admin/dlq/mirror`.',
    }),
    last_write: z
      .object({ at: Timestamp, rows: z.int(), duration_ms: z.int() })
      .nullable()
      .meta({ description: 'The newest batch that is in the table.' }),
    last_error: z
      .object({
        at: Timestamp,
        class: Fault,
        code: z.string(),
        errno: z.int().nullable(),
        sql_state: z.string().nullable(),
        table: z.string(),
        column: z.string().nullable(),
        problems: z.array(z.string()),
      })
      .nullable()
      .meta({ description: 'The newest failure; older than `last_write`, it is over.' }),
    lacking_columns: ColumnNames.nullable().meta({
      description: 'Columns that would be filled if the table had them; null before it was seen.',
    }),
  })
  .meta({ id: 'MirrorResponse', description: "The copy in the CRM's own database." });

export const mirrorExample: z.output<typeof MirrorResponse> = {
  enabled: true,
  missing_settings: [],
  target: { host: 'mysql.crm.example', port: 3306, database: 'crm', table: 'messages' },
  lag: { rows: 0, seconds: 0 },
  dead_letters: 0,
  last_write: { at: '2026-11-21T09:30:01.250Z', rows: 3, duration_ms: 9 },
  last_error: {
    at: '2026-11-20T22:10:44.020Z',
    class: 'unavailable',
    code: 'ECONNREFUSED',
    errno: null,
    sql_state: null,
    table: 'messages',
    column: null,
    problems: [],
  },
  lacking_columns: ['status'],
};

/** The longest span of one comparison. */
const MOST_MS = 31 * 86_400_000;

export const MirrorCheckRequest = z
  .strictObject({
    from: TimeWithOffset.meta({ description: 'Messages whose own time is at or after this one.' }),
    to: TimeBefore.meta({ description: 'And before this one; at most 31 days later.' }),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be after from' })
  .refine(({ from, to }) => to.getTime() - from.getTime() <= MOST_MS, {
    path: ['to'],
    message: 'must be at most 31 days after from',
  });

export const MirrorCheckResponse = z
  .object({
    comparable: z.boolean().meta({
      description: 'False where SELECT on the table is not granted: then only our side is counted.',
    }),
    reason: z.string().nullable(),
    days: z
      .array(
        z.object({
          day: z.iso.date(),
          direction: z.string(),
          written: z.int().meta({ description: 'Messages that were written.' }),
          waiting: z.int(),
          dead: z.int().meta({ description: 'Messages that the table could not take.' }),
          found: z.int().nullable().meta({
            description: 'Rows of that day in the table, whoever wrote them.',
          }),
          missing: z.int().nullable().meta({ description: 'Written, and not there any more.' }),
        }),
      )
      .meta({ description: 'By UTC day and direction.' }),
    missing_message_ids: z.array(MessageId).meta({
      description: 'Messages whose row is not in the table, or was changed there; at most 1,000.',
    }),
  })
  .meta({ id: 'MirrorCheckResponse', description: 'Both sides, counted by day and direction.' });

export const mirrorCheckExample: z.output<typeof MirrorCheckResponse> = {
  comparable: true,
  reason: null,
  days: [
    {
      ...{ day: '2026-11-20', direction: 'in', written: 120, waiting: 0, dead: 1 },
      ...{ found: 119, missing: 1 },
    },
  ],
  missing_message_ids: ['3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b'],
};

export const MirrorRowsResponse = z
  .object({
    data: z.array(
      z.object({
        user_id: z.string(),
        username: z.string().nullable(),
        direction: z.string(),
        message: z.string().nullable(),
        created_at: z.string().meta({ description: 'As the column has it: UTC.' }),
      }),
    ),
  })
  .meta({ id: 'MirrorRowsResponse', description: 'Rows of the table as they stand there.' });

export const mirrorRowsExample: z.output<typeof MirrorRowsResponse> = {
  data: [
    {
      user_id: '1254459154682919',
      username: 'lena.m',
      direction: 'in',
      message: 'Is the blue one back in stock?',
      created_at: '2026-11-21 09:30:00',
    },
  ],
};
