import { z } from 'zod';
import type { AccountStore } from '../../database/account-store.ts';
import type { Caller } from '../../database/api-key-store.ts';
import type { AutoReplyResult, AutoReplyStore } from '../../database/auto-reply-store.ts';
import { requireAccount } from '../access.ts';
import { ApiError, bodyError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import {
  autoReplyExample,
  AutoReplyId,
  AutoReplyResponse,
  createExample,
  CreateAutoReplyRequest,
  presentRule,
  updateExample,
  UpdateAutoReplyRequest,
} from './auto-reply-schemas.ts';
import { AccountId, PageQuery, pageOf } from './common-schemas.ts';

/** What these routes need of the router. */
export type AutoReplyRoutesDeps = {
  autoReplies: Pick<AutoReplyStore, 'list' | 'find' | 'create' | 'update' | 'remove'>;
  accounts: Pick<AccountStore, 'find'>;
};

const tags = ['Auto-replies'];
const ofAccount = z.object({ account_id: AccountId });
const ofRule = z.object({ account_id: AccountId, rule_id: AutoReplyId });
const PATH = '/api/v1/accounts/{account_id}/auto-replies';

/** What an account answers by itself. */
export function createAutoReplyRoutes(deps: AutoReplyRoutesDeps): Route[] {
  return [createRule(deps), listRules(deps), getRule(deps), updateRule(deps), deleteRule(deps)];
}

function createRule({ autoReplies }: AutoReplyRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: PATH,
    operationId: 'createAutoReply',
    summary: 'Add an automatic answer',
    description:
      "A customer's text that fits the rule is answered at once, by an ordinary message with " +
      '`source: auto_reply`. Only the first rule that fits answers, and never an echo or a message ' +
      'that the platform marks as automatic; a conversation gets ten automatic messages an hour at ' +
      'most. Needs an `admin` key.',
    tags,
    auth: 'admin',
    params: ofAccount,
    body: CreateAutoReplyRequest,
    bodyExample: createExample,
    responses: {
      201: { description: 'Added.', schema: AutoReplyResponse, example: autoReplyExample },
    },
    errors: ['account_forbidden', 'account_not_found', 'auto_reply_limit'],
    async handle({ params: { account_id }, body, caller, log }) {
      requireAccount(caller, account_id, 'path');
      const settings = settingsOf(body);
      const rule = made(await autoReplies.create(account_id, settings, caller.keyId), 'account');
      log.info('auto-reply added', { account_id });
      const headers = { Location: `/api/v1/accounts/${account_id}/auto-replies/${rule.id}` };
      return { status: 201, headers, body: presentRule(rule) };
    },
  });
}

function listRules(deps: AutoReplyRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: PATH,
    operationId: 'listAutoReplies',
    summary: 'List the automatic answers of an account',
    description: 'In the order in which they are tried. Needs an `admin` key.',
    tags,
    auth: 'admin',
    params: ofAccount,
    query: PageQuery,
    responses: {
      200: {
        description: 'A page of rules.',
        schema: pageOf(AutoReplyResponse, 'AutoReplyPage'),
        example: { data: [autoReplyExample], next_cursor: null },
      },
    },
    errors: ['account_forbidden', 'account_not_found'],
    async handle({ params: { account_id }, query, caller }) {
      await requireExisting(deps, caller, account_id);
      const page = await deps.autoReplies.list(account_id, query);
      return {
        status: 200,
        body: { data: page.items.map(presentRule), next_cursor: page.nextCursor },
      };
    },
  });
}

function getRule(deps: AutoReplyRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: `${PATH}/{rule_id}`,
    operationId: 'getAutoReply',
    summary: 'Look at one automatic answer',
    description: 'Needs an `admin` key.',
    tags,
    auth: 'admin',
    params: ofRule,
    responses: {
      200: { description: 'Found.', schema: AutoReplyResponse, example: autoReplyExample },
    },
    errors: ['account_forbidden', 'account_not_found', 'auto_reply_not_found'],
    async handle({ params: { account_id, rule_id }, caller }) {
      await requireExisting(deps, caller, account_id);
      const rule = await deps.autoReplies.find(account_id, rule_id);
      if (!rule) throw new ApiError('auto_reply_not_found');
      return { status: 200, body: presentRule(rule) };
    },
  });
}

function updateRule(deps: AutoReplyRoutesDeps): Route {
  return defineRoute({
    method: 'put',
    path: `${PATH}/{rule_id}`,
    operationId: 'updateAutoReply',
    summary: 'Change an automatic answer',
    description:
      'Takes any subset of the members. Holds for messages that come in from now on. Needs an ' +
      '`admin` key.',
    tags,
    auth: 'admin',
    params: ofRule,
    body: UpdateAutoReplyRequest,
    bodyExample: updateExample,
    responses: {
      200: { description: 'Changed.', schema: AutoReplyResponse, example: autoReplyExample },
    },
    errors: ['account_forbidden', 'account_not_found', 'auto_reply_not_found'],
    async handle({ params: { account_id, rule_id }, body, caller, log }) {
      await requireExisting(deps, caller, account_id);
      const changes = settingsOf(body);
      const result = await deps.autoReplies.update(account_id, rule_id, changes, caller.keyId);
      const pointer = body.pattern === undefined ? '/match' : '/pattern';
      const rule = made(result, 'rule', pointer);
      log.info('auto-reply changed', { account_id });
      return { status: 200, body: presentRule(rule) };
    },
  });
}

function deleteRule(deps: AutoReplyRoutesDeps): Route {
  return defineRoute({
    method: 'delete',
    path: `${PATH}/{rule_id}`,
    operationId: 'deleteAutoReply',
    summary: 'Delete an automatic answer',
    description: 'What it has answered stays. Needs an `admin` key.',
    tags,
    auth: 'admin',
    params: ofRule,
    responses: { 204: { description: 'Deleted.' } },
    errors: ['account_forbidden', 'account_not_found', 'auto_reply_not_found'],
    async handle({ params: { account_id, rule_id }, caller, log }) {
      await requireExisting(deps, caller, account_id);
      if (!(await deps.autoReplies.remove(account_id, rule_id, caller.keyId)))
        throw new ApiError('auto_reply_not_found');
      log.info('auto-reply deleted', { account_id });
      return { status: 204 };
    },
  });
}

async function requireExisting(
  { accounts }: AutoReplyRoutesDeps,
  caller: Caller,
  accountId: string,
): Promise<void> {
  requireAccount(caller, accountId, 'path');
  if (!(await accounts.find(accountId))) throw new ApiError('account_not_found');
}

/** The members of a body by the store's names; what was left out stays undefined. */
function settingsOf<Body extends z.output<typeof UpdateAutoReplyRequest>>(body: Body) {
  const { case_sensitive, active_hours, cooldown_seconds, ...rest } = body;
  return {
    ...rest,
    caseSensitive: case_sensitive as Body['case_sensitive'],
    activeHours: active_hours as Body['active_hours'],
    cooldownSeconds: cooldown_seconds as Body['cooldown_seconds'],
  };
}

/** The rule that was stored. Throws what became of it instead. */
function made(result: AutoReplyResult, missing: 'account' | 'rule', pointer = '/pattern') {
  switch (result.kind) {
    case 'done':
      return result.rule;
    case 'missing':
      throw new ApiError(missing === 'rule' ? 'auto_reply_not_found' : 'account_not_found');
    case 'pattern_refused':
      throw bodyError('validation_failed', pointer, result.problem);
    case 'too_many':
      throw new ApiError('auto_reply_limit', {
        detail: 'The account has 50 rules; delete one, or say more with one expression.',
      });
  }
}
