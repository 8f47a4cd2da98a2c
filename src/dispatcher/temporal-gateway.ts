import {
  Client,
  Connection,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Config } from '../config.ts';
import type { OutboxCall, OutboxResult } from '../database/outbox-store.ts';
import type { Expected } from '../database/reconciling/expected.ts';
import { temporalConnectionOptions } from '../temporal.ts';
import { createRunStates, type RunStates } from './run-states.ts';
import { labels } from './workflow-labels.ts';
import {
  conversationWorkflowId,
  deadLetterWorkflowId,
  discardSignal,
  eventsReadySignal,
  fetchMessageWorkflowId,
  MIRROR_WORKFLOW_ID,
  mirrorReadySignal,
  RECORDED,
  replayDeadLettersWorkflowId,
  replaySignal,
  ROUTER_QUEUE,
  sendMessageWorkflowId,
  toldSignal,
  wakeSignal,
} from '../workflows/contract.ts';
import type {
  conversation,
  deadLetter,
  fetchMessage,
  mirrorToCrm,
  replayDeadLetters,
  sendMessage,
} from '../workflows/index.ts';

/** The calls to Temporal that the dispatcher and the reconciler make. */
export type TemporalGateway = {
  /** Makes one outbox call. Throws {@link TemporalUnreachable}; anything else refused is an answer. */
  deliver(call: OutboxCall): Promise<OutboxResult>;
  /** Those for which nothing runs. Throws {@link TemporalUnreachable}, as does the next. */
  findMissing(expected: readonly Expected[]): Promise<Expected[]>;
  /** See {@link RunStates}. */
  findTroubled: RunStates['findTroubled'];
  /** Throws unless Temporal answers. */
  check(): Promise<void>;
  close(): Promise<void>;
};

/** Temporal did not answer: nothing is known, everything is tried again. */
export class TemporalUnreachable extends Error {}

/** Without a deadline a dead server holds a call for 20 s. */
const DEADLINE_MS = 1_500;
/** gRPC: cancelled, deadline exceeded, resource exhausted, aborted, internal, unavailable, unauthenticated. */
const UNREACHABLE = new Set([1, 4, 8, 10, 13, 14, 16]);

/** Connects on first use, so that the API starts and accepts without Temporal. */
export function createTemporalGateway(config: Config): TemporalGateway {
  const connection = Connection.lazy(temporalConnectionOptions(config));
  const client = new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });

  async function within<T>(call: () => Promise<T>, ms = DEADLINE_MS): Promise<T> {
    try {
      return await connection.withDeadline(Date.now() + ms, call);
    } catch (error) {
      if (isUnreachable(error)) throw new TemporalUnreachable('Temporal did not answer in time');
      throw error;
    }
  }

  const runs = createRunStates(client, within);

  return {
    async deliver(call) {
      try {
        await within(() => deliverCall(client, call));
        return 'done';
      } catch (error) {
        if (error instanceof TemporalUnreachable) throw error;
        // Started before, or over already: what the call was for has happened.
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'done';
        if (error instanceof WorkflowNotFoundError) return 'done';
        return 'refused';
      }
    },
    async findMissing(expected) {
      const missing = new Set(await runs.findMissing(expected.map(idOf)));
      return expected.filter((each) => missing.has(idOf(each)));
    },
    findTroubled: (known) => runs.findTroubled(known),
    async check() {
      await within(() => connection.workflowService.getSystemInfo({}));
    },
    close: () => connection.close(),
  };
}

async function deliverCall(client: Client, call: OutboxCall): Promise<unknown> {
  switch (call.kind) {
    case 'send_message':
      return startSendMessage(client, call);
    case 'wake_message':
      return client.workflow
        .getHandle(sendMessageWorkflowId(call.target, call.round ?? 1))
        .signal(wakeSignal);
    case 'events_ready':
      return signalConversation(client, call, eventsReadySignal.name);
    case 'wake_lane':
      return signalConversation(client, call, wakeSignal.name);
    case 'dead_letter':
      return signalDeadLetter(client, call, toldSignal.name);
    case 'replay_dead_letter':
      return signalDeadLetter(client, call, replaySignal.name, RECORDED);
    case 'discard_dead_letter':
      return signalDeadLetter(client, call, discardSignal.name, RECORDED);
    case 'mirror_ready':
      return signalMirror(client);
    case 'fetch_message':
      return startFetchMessage(client, call);
    case 'bulk_replay':
      return client.workflow.signalWithStart<typeof replayDeadLetters>('replayDeadLetters', {
        workflowId: replayDeadLettersWorkflowId(call.target),
        taskQueue: ROUTER_QUEUE,
        args: [{ bulkReplayId: call.target }],
        signal: wakeSignal.name,
        staticSummary: 'Replay of dead letters',
        ...labels(call),
      });
  }
}

function startSendMessage(client: Client, call: OutboxCall): Promise<unknown> {
  const channel = call.channel ?? '';
  const round = call.round ?? 1;
  return client.workflow.start<typeof sendMessage>('sendMessage', {
    workflowId: sendMessageWorkflowId(call.target, round),
    taskQueue: ROUTER_QUEUE,
    args: [{ messageId: call.target, round, channel }],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Message out by ${channel}`,
    ...labels(call),
  });
}

function startFetchMessage(client: Client, call: OutboxCall): Promise<unknown> {
  const channel = call.channel ?? '';
  return client.workflow.start<typeof fetchMessage>('fetchMessage', {
    workflowId: fetchMessageWorkflowId(call.target),
    taskQueue: ROUTER_QUEUE,
    args: [{ fetchId: call.target, channel }],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Message from ${channel}, announced without its content`,
    ...labels(call),
  });
}

function signalConversation(client: Client, call: OutboxCall, signal: string): Promise<unknown> {
  return client.workflow.signalWithStart<typeof conversation>('conversation', {
    workflowId: conversationWorkflowId(call.target),
    taskQueue: ROUTER_QUEUE,
    args: [{ laneId: call.target }],
    signal,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: 'Events to the CRM',
    ...labels(call),
  });
}

/** Also starts it: a letter without its workflow would be missing in the operators' list. */
function signalDeadLetter(
  client: Client,
  call: OutboxCall,
  signal: string,
  ...signalArgs: string[]
): Promise<unknown> {
  return client.workflow.signalWithStart<typeof deadLetter, string[]>('deadLetter', {
    workflowId: deadLetterWorkflowId(call.target),
    taskQueue: ROUTER_QUEUE,
    args: [{ deadLetterId: call.target }],
    signal,
    signalArgs,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `Dead letter: ${call.details['kind'] ?? ''} ${call.details['reason'] ?? ''}`,
    ...labels(call),
  });
}

/** One for all accounts, so it has no labels of any. */
function signalMirror(client: Client): Promise<unknown> {
  return client.workflow.signalWithStart<typeof mirrorToCrm>('mirrorToCrm', {
    workflowId: MIRROR_WORKFLOW_ID,
    taskQueue: ROUTER_QUEUE,
    args: [],
    signal: mirrorReadySignal.name,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: "Messages into the CRM's own database",
  });
}

function idOf(expected: Expected): string {
  switch (expected.kind) {
    case 'message':
      return sendMessageWorkflowId(expected.messageId, expected.round);
    case 'lane':
      return conversationWorkflowId(expected.laneId);
    case 'dead_letter':
      return deadLetterWorkflowId(expected.deadLetterId);
    case 'message_fetch':
      return fetchMessageWorkflowId(expected.fetchId);
    case 'bulk_replay':
      return replayDeadLettersWorkflowId(expected.bulkReplayId);
    case 'mirror':
      return MIRROR_WORKFLOW_ID;
  }
}

function isUnreachable(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (isGrpcServiceError(cause)) return UNREACHABLE.has(cause.code);
  return false;
}
