import type { ChannelRegistry } from '../channels/channel.ts';
import type { MessageError, MessageStatus } from '../domain/message.ts';
import type { OutgoingContent } from '../domain/outgoing-content.ts';
import type { TransitionView } from '../domain/transition.ts';
import type { Database } from './database.ts';
import type { AccountScope } from './scope.ts';
import { acceptMessage, Refused, TakenMeanwhile } from './sending/accept-message.ts';
import { findEqual } from './sending/find-equal.ts';
import { findMessageStatus } from './sending/message-status.ts';

export type { AccountScope } from './scope.ts';

export type NewMessage = {
  /** Where it goes: to a customer of an account, or on in a conversation. */
  to: { accountId: string; recipientId: string } | { conversationId: string };
  content: OutgoingContent;
  /** Our message of the same conversation that it answers, reacts to or edits. */
  refersToId?: string | undefined;
  /** The CRM's own name for who sends it. */
  agentId?: string | undefined;
  /** Where the caller counts on a channel. */
  channel?: string | undefined;
  /** The client's own id (a UUID), or undefined to make one. */
  messageId?: string | undefined;
  idempotencyKey?: string | undefined;
  traceId: string;
  /** Account ids the caller may use: decides how much a conflict may tell. */
  visibleAccounts: AccountScope;
};

export type AcceptedMessage = {
  messageId: string;
  conversationId: string;
  status: MessageStatus;
  /** Its place in the conversation, from 1. */
  position: number;
  createdAt: Date;
};

/** What accepting came to. `replayed`: same key and body, the first answer again. */
export type AcceptResult =
  | { kind: 'accepted' | 'replayed'; message: AcceptedMessage }
  /** Same key or id, another body; nothing was stored. */
  | { kind: 'conflict'; messageId: string }
  /** The id belongs to an account the caller may not see. */
  | { kind: 'id_taken' }
  | { kind: 'account_missing' }
  | { kind: 'account_disabled' }
  | { kind: 'conversation_missing' }
  /** There is no such message in the conversation, or it is none of ours and cannot be edited. */
  | { kind: 'target_missing' }
  | { kind: 'channel_mismatch'; channel: string }
  /** The platform has no such recipients. */
  | { kind: 'recipient_invalid'; channel: string }
  /** The platform would take none of it. */
  | ({ kind: 'content_refused' } & Refusal);

/** Which member of the content is at fault, and why. */
export type Refusal = { pointer: string; code: string; detail: string };

export type MessageStatusView = {
  messageId: string;
  accountId: string;
  conversationId: string;
  channel: string;
  status: MessageStatus;
  /** Counted attempts beyond the first. */
  retryCount: number;
  possibleDuplicate: boolean;
  platformMessageId: string | null;
  position: number;
  createdAt: Date;
  nextAttemptAt: Date | null;
  waitReason: string | null;
  error: MessageError | null;
  transitions: TransitionView[];
  /** Failed attempts with the platform's own words. */
  errors: AttemptErrorView[];
  parts: { part: number; status: 'pending' | 'sent'; platformMessageId: string | null }[];
};

export type AttemptErrorView = {
  attempt: number;
  part: number;
  at: Date;
  class: string;
  code: string;
  message: string;
};

export type MessageStore = {
  /** Stores the message, its first transition and its place in the lane, in one transaction. */
  accept(message: NewMessage): Promise<AcceptResult>;
  /** Null for an unknown id and for one of an account outside `scope`. */
  findStatus(messageId: string, scope: AccountScope): Promise<MessageStatusView | null>;
};

export type MessageStoreDeps = { database: Database; channels: ChannelRegistry };

export function createMessageStore({ database, channels }: MessageStoreDeps): MessageStore {
  return {
    async accept(message) {
      const known = await findEqual(database, message, channels);
      if (known) return known;
      try {
        return await database.transaction((tx) => acceptMessage(tx, message, channels));
      } catch (error) {
        if (error instanceof Refused) return error.result;
        // Somebody else's request was faster: its row is committed now and decides the answer.
        const faster =
          error instanceof TakenMeanwhile && (await findEqual(database, message, channels));
        if (!faster) throw error;
        return faster;
      }
    },
    findStatus: (messageId, scope) => findMessageStatus(database, messageId, scope),
  };
}
