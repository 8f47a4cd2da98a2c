import type { z } from 'zod';
import type { Channel, ChannelRegistry } from '../../channels/channel.ts';
import type { Outlook, OutlookStore } from '../../database/outlook-store.ts';
import { asEditOf, type OutgoingContent } from '../../domain/outgoing-content.ts';
import { HELD } from '../../domain/send-look.ts';
import { isTaken, windowState } from '../../domain/answer-window.ts';
import { requireAccount } from '../access.ts';
import { ApiError, bodyError } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import type { Caller } from '../../database/api-key-store.ts';
import { type ContentRequest, readContent } from './content-schemas.ts';
import { CheckRequest, CheckResponse, checkedExample, checkExample } from './check-schemas.ts';
import { presentWindow } from './window-view.ts';

/** What this route needs of the router. */
export type CheckRouteDeps = { outlooks: OutlookStore; channels: ChannelRegistry };

type Problem = z.output<typeof CheckResponse>['problems'][number];

/** `POST /api/v1/messages/check`: how a message would fare, without sending it. */
export function createCheckRoute({ outlooks, channels }: CheckRouteDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/messages/check',
    operationId: 'checkMessage',
    summary: 'Ask beforehand whether a message can be sent',
    description:
      'Whether the window for answers is open and until when, whether a template is needed, ' +
      'whether the channel takes the content or how it would be converted, how the account stands, ' +
      'and how long the conversation waits. Nothing is stored. `problems` names everything that ' +
      'speaks against sending it now; without one `can_send` is true. The platform has the last ' +
      'word all the same.',
    tags: ['Messages'],
    auth: 'crm',
    body: CheckRequest,
    bodyExample: checkExample,
    responses: {
      200: { description: 'How it would fare.', schema: CheckResponse, example: checkedExample },
    },
    errors: [
      'account_forbidden',
      'account_not_found',
      'conversation_not_found',
      'recipient_invalid',
    ],
    async handle({ body, caller }) {
      const outlook = await findOutlook(outlooks, channels, body, caller);
      const channel = channels.get(outlook.channel);
      const content = body.content && (await contentFor(outlooks, outlook, body.content));
      const plan = content && channel.planSend(content);
      const problems = problemsOf(outlook, channel, content, Date.now());
      if (plan && 'refused' in plan) problems.push(plan.refused);
      const window = presentWindow(channel.window, outlook.customerWroteAt);
      return {
        status: 200,
        body: {
          can_send: problems.length === 0,
          problems,
          account_id: outlook.accountId,
          channel: outlook.channel,
          conversation_id: outlook.conversationId,
          window,
          template_needed: window.window === 'template_only',
          content:
            plan && 'parts' in plan
              ? { parts: plan.parts.length, conversions: plan.conversions }
              : null,
          queue: presentQueue(outlook, Date.now()),
        },
      };
    },
  });
}

async function findOutlook(
  outlooks: OutlookStore,
  channels: ChannelRegistry,
  body: z.output<typeof CheckRequest>,
  caller: Caller,
): Promise<Outlook> {
  if (body.conversation_id !== undefined) {
    const found = await outlooks.ofConversation(body.conversation_id, caller.accountIds);
    if (!found) throw new ApiError('conversation_not_found');
    return found;
  }
  const accountId = body.account_id ?? '';
  requireAccount(caller, accountId, 'body');
  const missing = bodyError('account_not_found', '/account_id', 'is not the id of an account');
  const name = await outlooks.channelOf(accountId);
  if (name === null) throw missing;
  const address = channels.get(name).parseRecipient(body.recipient ?? '');
  if (!address)
    throw bodyError('recipient_invalid', '/recipient', `can be no recipient on ${name}`);
  const found = await outlooks.ofCustomer(accountId, address);
  if (!found) throw missing;
  return found;
}

/** As it would be sent: what an edit may hold follows from the message that it changes. */
async function contentFor(
  outlooks: OutlookStore,
  { accountId }: Outlook,
  given: ContentRequest,
): Promise<OutgoingContent> {
  const { content, targetId } = readContent(given);
  if (content.type !== 'edit' || targetId === undefined) return content;
  return asEditOf(content, await outlooks.sentAs(accountId, targetId));
}

/** Everything that would keep a message from going out, or make it wait. */
function problemsOf(
  outlook: Outlook,
  channel: Channel,
  content: OutgoingContent | undefined,
  nowMs: number,
): Problem[] {
  const { account, customerWroteAt, unreachableSince } = outlook;
  const problems: Problem[] = [];
  const add = (code: string, detail: string) => problems.push({ code, detail, pointer: null });
  if (!account.enabled) add('account_disabled', 'Its administrator has disabled the account.');
  else if (account.pauseReason !== null)
    add('account_paused', 'The platform refuses the credentials; messages wait for new ones.');
  if (account.throttledUntil !== null && account.throttledUntil.getTime() > nowMs)
    add('account_throttled', 'The platform takes no more at present; messages wait.');
  if (unreachableSince !== null)
    add('recipient_unreachable', 'The customer has blocked the account, or left.');
  if (outlook.queue.waitReason === HELD)
    add('conversation_held', 'Whether an earlier message arrived is not known; a person decides.');
  const state = windowState(channel.window, customerWroteAt?.getTime() ?? null, nowMs);
  if (!isTaken(state, content?.type ?? 'text'))
    add(
      state.state === 'template_only' ? 'template_required' : 'window_closed',
      customerWroteAt === null
        ? 'The customer has not written yet.'
        : 'The time for free answers to the customer is over.',
    );
  return problems;
}

/** What these wait for comes without a time: somebody has to do something. */
const UNTIMED = new Set([HELD, 'account_paused', 'account_disabled']);

function presentQueue(
  { queue, account }: Outlook,
  nowMs: number,
): z.output<typeof CheckResponse>['queue'] {
  const throttledUntil = account.throttledUntil?.getTime() ?? 0;
  const next = Math.max(queue.nextAttemptAt?.getTime() ?? 0, throttledUntil);
  const reason = reasonToWait({ queue, account }, nowMs);
  return {
    waiting: queue.waiting,
    delay_seconds:
      reason !== null && UNTIMED.has(reason) ? null : Math.max(0, Math.ceil((next - nowMs) / 1000)),
    reason,
  };
}

/** What the one in front waits for; without one, what holds for the whole account. */
function reasonToWait(
  { queue, account }: Pick<Outlook, 'queue' | 'account'>,
  nowMs: number,
): string | null {
  if (queue.waiting > 0 && queue.waitReason) return queue.waitReason;
  if ((account.throttledUntil?.getTime() ?? 0) > nowMs) return 'throttled';
  if (!account.enabled) return 'account_disabled';
  return account.pauseReason === null ? null : 'account_paused';
}
