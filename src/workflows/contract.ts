import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineSignal } from '@temporalio/workflow';

/**
 * All that outsiders may know about the workflows: task queues, ids, inputs, signals.
 * Everything here ends up in Temporal's history in clear, so it holds our own ids and classes only.
 */

/** All workflows and the activities that only touch the database. */
export const ROUTER_QUEUE = 'router';
/** Webhooks to the CRM: apart, so that a slow CRM takes no slot from anything else. */
export const CRM_QUEUE = 'crm';

/** The CRM's own database: apart, because it may keep an activity waiting for half a minute. */
export const MIRROR_QUEUE = 'mirror';

/** One activity-only queue per channel, so that a connector can be deployed and stopped alone. */
export function channelQueue(channel: string): string {
  return `channel-${channel}`;
}

/** "Look at PostgreSQL again, now." Carries nothing; any number of them equals one. */
export const wakeSignal = defineSignal('wake');
/** "This conversation has committed events." One stands for all rows committed so far. */
export const eventsReadySignal = defineSignal('eventsReady');

/** "Try once more", to a dead letter; with {@link RECORDED}: "what the row says was asked". */
export const replaySignal = defineSignal<[from?: string]>('replay');
/** "Give it up for good", to a dead letter; with {@link RECORDED} likewise. */
export const discardSignal = defineSignal<[from?: string]>('discard');
/** With this the API asks: the wish stands in the letter's row, and the signal says to look there. */
export const RECORDED = 'recorded';
/** "Something became of you: look at PostgreSQL", to a dead letter. */
export const toldSignal = defineSignal('told');

/** "Messages wait for the CRM's own database." One stands for all rows committed so far. */
export const mirrorReadySignal = defineSignal('mirrorReady');

export type SendMessageInput = {
  messageId: string;
  /** Raised by resend, replay and repair; a run of an older round ends without a call. */
  round: number;
  channel: string;
};

export type ConversationInput = {
  /** A conversation id, or an account id for the lane of the account's own events. */
  laneId: string;
};

export type DeadLetterInput = {
  deadLetterId: string;
  /** How many signals the runs had that this one continues. */
  heard?: number;
};

export type FetchMessageInput = { fetchId: string; channel: string };

export type ReplayDeadLettersInput = { bulkReplayId: string };

export type CheckChannelInput = {
  channel: string;
  /** The last account that was checked. */
  after: string | null;
};

/** What an operator triggers to have every account checked now. */
export const CHECK_ACCOUNTS_SCHEDULE = 'check-accounts';

/** The first round has the plain id, so that an operator finds a message by pasting its id. */
export function sendMessageWorkflowId(messageId: string, round: number): string {
  return round === 1 ? `message/${messageId}` : `message/${messageId}/${round}`;
}

/** One per lane: the id is what keeps two of them from running at a time. */
export function conversationWorkflowId(laneId: string): string {
  return `conversation/${laneId}`;
}

/** The running ones are the list of dead letters. */
export function deadLetterWorkflowId(deadLetterId: string): string {
  return `dead-letter/${deadLetterId}`;
}

export function replayDeadLettersWorkflowId(bulkReplayId: string): string {
  return `bulk-replay/${bulkReplayId}`;
}

/** One per message that a platform announced without saying what it is. */
export function fetchMessageWorkflowId(fetchId: string): string {
  return `fetch-message/${fetchId}`;
}

/** To this the schedule adds the time of the run. */
export const checkAccountsWorkflowId = 'check-accounts';

/** The same in every run: no two of them check a channel at a time. */
export function checkChannelWorkflowId(channel: string): string {
  return `${checkAccountsWorkflowId}/${channel}`;
}

/** There is one mirror for all accounts: its order is the order of its queue. */
export const MIRROR_WORKFLOW_ID = 'crm-mirror';

/** What an operator can filter by in the Web UI. Ids and classes only: they are never encrypted. */
export const searchAttributes = {
  account: defineSearchAttributeKey('AccountId', SearchAttributeType.KEYWORD),
  channel: defineSearchAttributeKey('Channel', SearchAttributeType.KEYWORD),
  kind: defineSearchAttributeKey('DeadLetterKind', SearchAttributeType.KEYWORD),
  reason: defineSearchAttributeKey('Reason', SearchAttributeType.KEYWORD),
  firstAttempt: defineSearchAttributeKey('FirstAttemptAt', SearchAttributeType.DATETIME),
  lastAttempt: defineSearchAttributeKey('LastAttemptAt', SearchAttributeType.DATETIME),
  lastStatusCode: defineSearchAttributeKey('LastStatusCode', SearchAttributeType.INT),
};
