import { z } from 'zod';
import type { Caller } from '../../database/api-key-store.ts';
import type {
  DeadLetterDetail,
  DeadLetterQueryStore,
} from '../../database/dead-letter-query-store.ts';
import { requireAccount } from '../access.ts';
import { ApiError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { pageOf } from './common-schemas.ts';
import {
  AskedResponse,
  askedExample,
  DeadLetterDetailResponse,
  deadLetterDetailExample,
  deadLetterExample,
  DeadLetterId,
  DeadLetterKindName,
  DeadLetterQuery,
  DeadLetterResponse,
  KINDS,
  reasonOf,
} from './dead-letter-schemas.ts';
import { presentDetail, presentLetter } from './dead-letter-view.ts';

/** What these routes need of the router. */
export type DeadLetterRoutesDeps = {
  deadLetterQueries: DeadLetterQueryStore;
  /** Makes the dispatcher look for new work at once. */
  kick(): void;
};

const tags = ['Dead letters'];
const params = z.object({ kind: DeadLetterKindName, dead_letter_id: DeadLetterId });
const PATH = '/api/v1/admin/dlq/{kind}/{dead_letter_id}';

/** What was given up: to look at, to try once more, to lay aside. */
export function createDeadLetterRoutes(deps: DeadLetterRoutesDeps): Route[] {
  const { deadLetterQueries } = deps;

  const listDeadLetters = defineRoute({
    method: 'get',
    path: '/api/v1/admin/dlq/{kind}',
    operationId: 'listDeadLetters',
    summary: 'List dead letters',
    description:
      'What was given up, newest first, of all accounts of your key or of one. Filters narrow the ' +
      'list together; without `state` it has those that are over as well.',
    tags,
    auth: 'crm',
    params: params.pick({ kind: true }),
    query: DeadLetterQuery,
    responses: {
      200: {
        description: 'A page of dead letters.',
        schema: pageOf(DeadLetterResponse, 'DeadLetterPage'),
        example: { data: [deadLetterExample], next_cursor: null },
      },
    },
    errors: ['account_forbidden'],
    async handle({ params: { kind }, query, caller }) {
      if (query.account_id !== undefined) requireAccount(caller, query.account_id, 'query');
      const { limit, cursor } = query;
      const filter = {
        accountId: query.account_id,
        reason: reasonOf(query),
        state: query.state,
        from: query.from,
        to: query.to,
      };
      const page = { limit, cursor };
      const found = await deadLetterQueries.list(KINDS[kind], caller.accountIds, filter, page);
      const data = found.items.map(presentLetter);
      return { status: 200, body: { data, next_cursor: found.nextCursor } };
    },
  });

  const getDeadLetter = defineRoute({
    method: 'get',
    path: PATH,
    operationId: 'getDeadLetter',
    summary: 'Look at one dead letter',
    description:
      'Every attempt with its answer, and a diagnosis: the likely cause, what to do about it, and ' +
      'how many others have the same.',
    tags,
    auth: 'crm',
    params,
    responses: {
      200: {
        description: 'Found.',
        schema: DeadLetterDetailResponse,
        example: deadLetterDetailExample,
      },
    },
    errors: ['dead_letter_not_found'],
    async handle({ params, caller }) {
      return { status: 200, body: presentDetail(await findLetter(deps, params, caller)) };
    },
  });

  return [
    listDeadLetters,
    getDeadLetter,
    askRoute(
      deps,
      'retry',
      'Retry a dead letter',
      'A webhook is posted once more, with the same bytes, `webhook-id` and `sequence`, between ' +
        'the other events of its conversation, which do not wait for it. A message goes to the end ' +
        'of its conversation with all its attempts before it; nothing happens if it has arrived ' +
        'meanwhile. If it fails again, the dead letter is open again.',
    ),
    askRoute(
      deps,
      'discard',
      'Discard a dead letter',
      'It is not tried again. The message or event stays in the history as it is.',
    ),
  ];
}

function askRoute(
  deps: DeadLetterRoutesDeps,
  asked: 'retry' | 'discard',
  summary: string,
  description: string,
): Route {
  return defineRoute({
    method: 'post',
    path: `${PATH}/${asked}`,
    operationId: `${asked}DeadLetter`,
    summary,
    description:
      `${description}\n\nAnswered with 202 at once; look at it again for what becomes of it. A ` +
      'dead letter that is not `open`: 409 with its present state. Needs an `admin` key.',
    tags,
    auth: 'admin',
    params,
    responses: {
      202: { description: 'Asked.', schema: AskedResponse, example: { ...askedExample, asked } },
    },
    errors: ['dead_letter_not_found', 'dead_letter_not_open'],
    async handle({ params, caller, log }) {
      const letter = await findLetter(deps, params, caller);
      if (letter.state !== 'open')
        throw new ApiError('dead_letter_not_open', {
          detail: `The dead letter is ${letter.state}; only an open one takes ${asked}.`,
          state: letter.state,
        });
      const what = asked === 'retry' ? 'replay' : 'discard';
      await deps.deadLetterQueries.ask(letter, what, caller.keyId);
      deps.kick();
      log.info(`dead letter ${asked} asked`, {
        dead_letter_id: letter.id,
        account_id: letter.accountId,
      });
      return { status: 202, body: { dead_letter_id: letter.id, asked } };
    },
  });
}

async function findLetter(
  { deadLetterQueries }: DeadLetterRoutesDeps,
  { kind, dead_letter_id }: z.output<typeof params>,
  caller: Caller,
): Promise<DeadLetterDetail> {
  const found = await deadLetterQueries.find(KINDS[kind], dead_letter_id, caller.accountIds);
  if (found) return found;
  throw new ApiError('dead_letter_not_found', {
    detail: `There is no dead letter with this id among the ${kind} of your key's accounts.`,
  });
}
