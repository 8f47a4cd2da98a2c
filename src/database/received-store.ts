import type { Attachment } from '../domain/message.ts';
import type { Database } from './database.ts';
import { type AccountScope, scopeParameter } from './scope.ts';

/** A file that came with a message; `attachment` undefined: the message has none at that place. */
export type FoundAttachment = {
  accountId: string;
  channel: string;
  attachment: Attachment | undefined;
};

/** Whom to tell that their messages were read, up to which; null: they have not written. */
export type NewestReceived = {
  accountId: string;
  channel: string;
  recipientId: string;
  message: { id: string; platformMessageId: string } | null;
};

export type ReceivedStore = {
  /** Null when the message is unknown or outside `scope`. */
  findAttachment(
    messageId: string,
    index: number,
    scope: AccountScope,
  ): Promise<FoundAttachment | null>;
  /** Null when the conversation is unknown or outside `scope`. */
  findNewestReceived(id: string, scope: AccountScope): Promise<NewestReceived | null>;
};

export function createReceivedStore(database: Database): ReceivedStore {
  return {
    async findAttachment(messageId, index, scope) {
      const [row] = await database.query<{
        account_id: string;
        channel: string;
        attachment: Attachment | null;
      }>(
        `select account_id, channel, attachments -> $2::int as attachment from messages
          where id = $1 and ($3::text[] is null or account_id = any($3))`,
        [messageId, index, scopeParameter(scope)],
      );
      if (!row) return null;
      const { account_id: accountId, channel, attachment } = row;
      return { accountId, channel, attachment: attachment ?? undefined };
    },
    async findNewestReceived(id, scope) {
      const [row] = await database.query<NewestReceivedRow>(
        `select c.account_id, c.channel, c.recipient_id, m.id, m.platform_message_id
           from conversations c
           left join lateral (select id, platform_message_id from messages
                               where conversation_id = c.id and direction = 'in'
                               order by position desc limit 1) m on true
          where c.id = $1 and ($2::text[] is null or c.account_id = any($2))`,
        [id, scopeParameter(scope)],
      );
      return row ? newestReceived(row) : null;
    },
  };
}

type NewestReceivedRow = {
  account_id: string;
  channel: string;
  recipient_id: string;
  id: string | null;
  platform_message_id: string | null;
};

function newestReceived(row: NewestReceivedRow): NewestReceived {
  const { id, platform_message_id: platformMessageId } = row;
  return {
    accountId: row.account_id,
    channel: row.channel,
    recipientId: row.recipient_id,
    message: id === null || platformMessageId === null ? null : { id, platformMessageId },
  };
}
