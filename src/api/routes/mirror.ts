import type { z } from 'zod';
import { MirrorError, type CrmTable, type PresentRow } from '../../crm/mirror.ts';
import type { MirrorOverview, MirrorQueryStore } from '../../database/mirror-query-store.ts';
import { compareMirror } from '../../domain/mirror-check.ts';
import { requireAllAccounts } from '../access.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { PageQuery } from './common-schemas.ts';
import {
  MirrorCheckRequest,
  MirrorCheckResponse,
  mirrorCheckExample,
  mirrorExample,
  MirrorResponse,
  MirrorRowsResponse,
  mirrorRowsExample,
} from './mirror-schemas.ts';

/** What these routes need of the router. */
export type MirrorRoutesDeps = {
  mirrorQueries: MirrorQueryStore;
  crmTable: CrmTable | null;
  settings: { mirrorMissing?: string[] };
};

const tags = ['Mirror'];
/** More messages than this are not compared in one request. */
const MOST_MESSAGES = 100_000;
const MOST_MISSING = 1_000;
const DAY_MS = 86_400_000;
const NO_SELECT = "SELECT is not granted on the CRM's table, so only our side is counted.";

/** The copy in the CRM's own database: how it is, whether it is whole. */
export function createMirrorRoutes(deps: MirrorRoutesDeps): Route[] {
  return [getMirror(deps), checkMirror(deps), listMirrorRows(deps)];
}

function getMirror({ mirrorQueries, crmTable, settings }: MirrorRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/admin/mirror',
    operationId: 'getMirror',
    summary: "See how the copy in the CRM's database is",
    description:
      'What waits, the newest write and the newest failure, of all accounts together. Does not ask ' +
      "the CRM's database. Needs an `admin` key for all accounts.",
    tags,
    auth: 'admin',
    responses: { 200: { description: 'Looked.', schema: MirrorResponse, example: mirrorExample } },
    errors: ['account_forbidden'],
    async handle({ caller }) {
      requireAllAccounts(caller, 'see the mirror');
      const overview = await mirrorQueries.overview();
      return {
        status: 200,
        body: {
          enabled: crmTable !== null,
          missing_settings: settings.mirrorMissing ?? [],
          target: crmTable && targetOf(crmTable),
          lacking_columns: crmTable?.lastReport()?.lacking ?? null,
          ...presentOverview(overview),
        },
      };
    },
  });
}

function checkMirror({ mirrorQueries, crmTable }: MirrorRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/admin/mirror/check',
    operationId: 'checkMirror',
    summary: "Compare the CRM's table with the messages",
    description:
      'Counts both sides by UTC day and direction, and lists the messages that were written and ' +
      'whose row is not in the table. Changes nothing. The user of the mirror must be allowed to ' +
      'SELECT; without it the answer says so. Needs an `admin` key for all accounts.',
    tags,
    auth: 'admin',
    body: MirrorCheckRequest,
    bodyExample: { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' },
    responses: {
      200: { description: 'Compared.', schema: MirrorCheckResponse, example: mirrorCheckExample },
    },
    errors: ['account_forbidden', 'mirror_off', 'mirror_unavailable'],
    async handle({ body: { from, to }, caller }) {
      requireAllAccounts(caller, 'compare the mirror');
      const table = requireTable(crmTable);
      const expected = await mirrorQueries.listMessages(from, to, MOST_MESSAGES + 1);
      if (expected.length > MOST_MESSAGES) throw tooMany();
      const found = await orUnavailable(() => listFound(table, from, to));
      const { days, missing } = compareMirror(expected, found ?? []);
      return {
        status: 200,
        body: {
          comparable: found !== null,
          reason: found === null ? NO_SELECT : null,
          days: found === null ? days.map((day) => ({ ...day, found: null, missing: null })) : days,
          missing_message_ids: found === null ? [] : missing.slice(0, MOST_MISSING),
        },
      };
    },
  });
}

function listMirrorRows({ crmTable }: MirrorRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/admin/mirror/rows',
    operationId: 'listMirrorRows',
    summary: "Look into the CRM's table",
    description:
      'The rows with the latest times, newest first, as they stand there now. For a look while ' +
      'setting it up. The user of the mirror must be allowed to SELECT. Needs an `admin` key for ' +
      'all accounts.',
    tags,
    auth: 'admin',
    query: PageQuery.pick({ limit: true }),
    responses: {
      200: { description: 'Looked.', schema: MirrorRowsResponse, example: mirrorRowsExample },
    },
    errors: ['account_forbidden', 'mirror_off', 'mirror_unavailable'],
    async handle({ query, caller }) {
      requireAllAccounts(caller, 'look into the mirror');
      const rows = await orUnavailable(() => requireTable(crmTable).listNewest(query.limit));
      if (rows === null) throw new ApiError('mirror_unavailable', { detail: NO_SELECT });
      const data = rows.map((row) => ({
        user_id: row.userId,
        username: row.username,
        direction: row.direction,
        message: row.message,
        created_at: row.createdAt,
      }));
      return { status: 200, body: { data } };
    },
  });
}

/** Day by day: a month of texts at once would be a lot of memory. */
async function listFound(table: CrmTable, from: Date, to: Date): Promise<PresentRow[] | null> {
  const found: PresentRow[] = [];
  for (let at = from; at < to; at = new Date(at.getTime() + DAY_MS)) {
    const end = new Date(Math.min(at.getTime() + DAY_MS, to.getTime()));
    const rows = await table.listPresent(at, end);
    if (rows === null) return null;
    found.push(...rows);
  }
  return found;
}

function requireTable(crmTable: CrmTable | null): CrmTable {
  if (crmTable) return crmTable;
  throw new ApiError('mirror_off', {
    detail: 'Set CRM_MYSQL_ENABLED and the variables beside it, and start the router anew.',
  });
}

async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    const { fault, code } = error.fields;
    throw new ApiError('mirror_unavailable', {
      detail: `The CRM's database failed: ${fault} (${code}). Try again when it is back.`,
    });
  }
}

function tooMany(): ApiError {
  const detail = `spans more than ${MOST_MESSAGES} messages; ask for a shorter time`;
  return new ApiError('validation_failed', { errors: [{ in: 'body', pointer: '/to', detail }] });
}

function targetOf({ place: { host, port, database, table } }: CrmTable) {
  return { host, port, database, table };
}

function presentOverview(
  overview: MirrorOverview,
): Omit<
  z.output<typeof MirrorResponse>,
  'enabled' | 'missing_settings' | 'target' | 'lacking_columns'
> {
  const { rows, oldestMs, deadLetters, lastWrite, lastError } = overview;
  return {
    lag: { rows, seconds: Math.round((oldestMs ?? 0) / 100) / 10 },
    dead_letters: deadLetters,
    last_write: lastWrite && {
      at: lastWrite.at.toISOString(),
      rows: lastWrite.rows,
      duration_ms: lastWrite.durationMs,
    },
    last_error: lastError && {
      at: lastError.at.toISOString(),
      class: lastError.fault,
      code: lastError.code,
      errno: lastError.errno,
      sql_state: lastError.sqlState,
      table: lastError.table,
      column: lastError.column,
      problems: lastError.problems ?? [],
    },
  };
}
