import { z } from 'zod';
import type { AccountStore } from '../../database/account-store.ts';
import type { Caller } from '../../database/api-key-store.ts';
import type { BulkReplayStore, BulkReplayView } from '../../database/bulk-replay-store.ts';
import { covers, requireAccount } from '../access.ts';
import { ApiError, bodyError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  bulkReplayExample,
  BulkReplayId,
  BulkReplayPreview,
  bulkReplayPreviewExample,
  BulkReplayQuery,
  BulkReplayResponse,
  createBulkReplayExample,
  CreateBulkReplayRequest,
} from './bulk-replay-schemas.ts';
import { isoOrNull, pageOf } from './common-schemas.ts';
import { kindName, KINDS, reasonOf } from './dead-letter-schemas.ts';

/** What these routes need of the router. */
export type BulkReplayRoutesDeps = {
  bulkReplays: Pick<BulkReplayStore, 'preview' | 'create' | 'find' | 'list' | 'setState'>;
  accounts: Pick<AccountStore, 'find'>;
  /** Makes the dispatcher look for new work at once. */
  kick(): void;
};

const tags = ['Dead letters'];
const PATH = '/api/v1/admin/dlq/replays';
const params = z.object({ replay_id: BulkReplayId });
const found = { description: 'Found.', schema: BulkReplayResponse, example: bulkReplayExample };

const CREATE_DESCRIPTION = `
Replays the open dead letters of one account that a filter names, oldest first, no faster than
\`rate_per_second\`. With \`dry_run\` it only counts them: look at the number before you go on.

Each is tried once more as by its own *retry*; what fails again is open again and is left alone by
this bulk replay. Messages that may have arrived (\`unknown\`) are left out: confirm or resend them
one by one. Ask for its progress at \`GET ${PATH}/{replay_id}\`. Needs an \`admin\` key.`;

/** Many dead letters at a time: to count, start, watch, hold and stop. */
export function createBulkReplayRoutes(deps: BulkReplayRoutesDeps): Route[] {
  const getBulkReplay = defineRoute({
    method: 'get',
    path: `${PATH}/{replay_id}`,
    operationId: 'getBulkReplay',
    summary: 'Look at a bulk replay',
    description: 'How far it is. Needs an `admin` key.',
    tags,
    auth: 'admin',
    params,
    responses: { 200: found },
    errors: ['bulk_replay_not_found'],
    async handle({ params: { replay_id }, caller }) {
      return { status: 200, body: presentReplay(await findReplay(deps, replay_id, caller)) };
    },
  });

  return [
    createRoute(deps),
    listRoute(deps),
    getBulkReplay,
    stateRoute(deps, 'pause', 'paused', 'It stops after the few that are being replayed.'),
    stateRoute(deps, 'resume', 'running', 'It goes on where it stopped.'),
    stateRoute(deps, 'cancel', 'cancelled', 'It ends; what was replayed stays so.'),
  ];
}

function createRoute({ bulkReplays, accounts, kick }: BulkReplayRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: PATH,
    operationId: 'createBulkReplay',
    summary: 'Replay many dead letters',
    description: CREATE_DESCRIPTION,
    tags,
    auth: 'admin',
    body: CreateBulkReplayRequest,
    bodyExample: createBulkReplayExample,
    responses: {
      200: {
        description: 'Counted, nothing more (`dry_run`).',
        schema: BulkReplayPreview,
        example: bulkReplayPreviewExample,
      },
      201: { description: 'Begun.', schema: BulkReplayResponse, example: bulkReplayExample },
    },
    errors: ['account_forbidden', 'account_not_found'],
    async handle({ body, caller, log }) {
      requireAccount(caller, body.account_id, 'body');
      if (!(await accounts.find(body.account_id)))
        throw bodyError('account_not_found', '/account_id', 'is not the id of an account');
      const wanted = {
        accountId: body.account_id,
        kind: KINDS[body.kind],
        filter: {
          reason: reasonOf(body.filter ?? {}),
          from: body.filter?.from?.toISOString(),
          to: body.filter?.to?.toISOString(),
        },
      };
      if (body.dry_run) {
        const total = await bulkReplays.preview(wanted);
        const { kind, account_id } = body;
        return { status: 200, body: { kind, account_id, dry_run: true as const, total } };
      }
      const created = await bulkReplays.create({
        ...wanted,
        ratePerSecond: body.rate_per_second,
        createdBy: caller.keyId,
      });
      kick();
      log.info('bulk replay begun', { account_id: created.accountId, count: created.total });
      const headers = { Location: `${PATH}/${created.id}` };
      return { status: 201, headers, body: presentReplay(created) };
    },
  });
}

function listRoute({ bulkReplays }: BulkReplayRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: PATH,
    operationId: 'listBulkReplays',
    summary: 'List bulk replays',
    description:
      'Newest first, of all accounts of your key or of one; those that are over as well. Needs an ' +
      '`admin` key.',
    tags,
    auth: 'admin',
    query: BulkReplayQuery,
    responses: {
      200: {
        description: 'A page of bulk replays.',
        schema: pageOf(BulkReplayResponse, 'BulkReplayPage'),
        example: { data: [bulkReplayExample], next_cursor: null },
      },
    },
    errors: ['account_forbidden'],
    async handle({ query: { account_id, ...page }, caller }) {
      if (account_id !== undefined) requireAccount(caller, account_id, 'query');
      const found = await bulkReplays.list(caller.accountIds, { ...page, accountId: account_id });
      const data = found.items.map(presentReplay);
      return { status: 200, body: { data, next_cursor: found.nextCursor } };
    },
  });
}

function stateRoute(
  deps: BulkReplayRoutesDeps,
  verb: 'pause' | 'resume' | 'cancel',
  state: 'paused' | 'running' | 'cancelled',
  description: string,
): Route {
  const summary = `${verb[0]?.toUpperCase()}${verb.slice(1)} a bulk replay`;
  return defineRoute({
    method: 'post',
    path: `${PATH}/{replay_id}/${verb}`,
    operationId: `${verb}BulkReplay`,
    summary,
    description:
      `${description} May be asked again; one that is \`done\` or \`cancelled\`: 409 with its ` +
      'state. Needs an `admin` key.',
    tags,
    auth: 'admin',
    params,
    responses: {
      200: { ...found, description: 'So it is.', example: { ...bulkReplayExample, state } },
    },
    errors: ['bulk_replay_not_found', 'bulk_replay_over'],
    async handle({ params: { replay_id }, caller, log }) {
      const before = await findReplay(deps, replay_id, caller);
      const after = await deps.bulkReplays.setState(replay_id, state, caller.keyId);
      if (!after) {
        // It may have ended between the two looks.
        const over = (await deps.bulkReplays.find(replay_id)) ?? before;
        const detail = `The bulk replay is ${over.state} already.`;
        throw new ApiError('bulk_replay_over', { detail, state: over.state });
      }
      deps.kick();
      log.info(`bulk replay ${verb}`, { account_id: after.accountId });
      return { status: 200, body: presentReplay(after) };
    },
  });
}

async function findReplay(
  { bulkReplays }: BulkReplayRoutesDeps,
  id: string,
  caller: Caller,
): Promise<BulkReplayView> {
  const view = await bulkReplays.find(id);
  if (view && covers(caller.accountIds, [view.accountId])) return view;
  throw new ApiError('bulk_replay_not_found', {
    detail: 'There is no bulk replay with this id among the accounts of your key.',
  });
}

function presentReplay(view: BulkReplayView): z.output<typeof BulkReplayResponse> {
  return {
    replay_id: view.id,
    kind: kindName(view.kind),
    account_id: view.accountId,
    filter: view.filter,
    rate_per_second: view.ratePerSecond,
    state: view.state,
    total: view.total,
    replayed: view.replayed,
    skipped: view.skipped,
    created_at: view.createdAt.toISOString(),
    finished_at: isoOrNull(view.finishedAt),
  };
}
