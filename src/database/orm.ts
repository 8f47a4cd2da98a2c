import { fileURLToPath } from 'node:url';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { Account, WebhookEndpoint } from './entities/account.entity.ts';
import { ApiKey } from './entities/api-key.entity.ts';
import { AutoReply, AutoReplyRule } from './entities/auto-reply.entity.ts';
import {
  Conversation,
  ConversationParticipant,
  ExternalIdentity,
  User,
} from './entities/conversation.entity.ts';
import { InboundEvent, InboundRequest, MessageFetch } from './entities/inbound.entity.ts';
import { Message, MessagePart, MessageTransition, SendAttempt } from './entities/message.entity.ts';
import {
  Alert,
  AuditLog,
  BulkReplay,
  DeadLetter,
  Heartbeat,
  Outbox,
  ReconcileTurn,
} from './entities/operations.entity.ts';
import { MirrorRow, MirrorStatus } from './entities/mirror.entity.ts';
import { WebhookAttempt, WebhookDelivery } from './entities/webhook-delivery.entity.ts';

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

export type OrmOptions = { url: string; poolSize: number };

/** The entities, the migrations and the pool of one process. Connects on first use. */
export async function createOrm({ url, poolSize }: OrmOptions): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: url,
    entities: [
      Account,
      WebhookEndpoint,
      ApiKey,
      User,
      Conversation,
      ExternalIdentity,
      ConversationParticipant,
      Message,
      MessagePart,
      MessageTransition,
      SendAttempt,
      InboundRequest,
      InboundEvent,
      MessageFetch,
      WebhookDelivery,
      WebhookAttempt,
      Outbox,
      Heartbeat,
      DeadLetter,
      BulkReplay,
      Alert,
      AuditLog,
      AutoReplyRule,
      AutoReply,
      MirrorRow,
      MirrorStatus,
      ReconcileTurn,
    ],
    extensions: [Migrator],
    pool: { min: 0, max: poolSize },
    migrations: {
      path: MIGRATIONS,
      pathTs: MIGRATIONS,
      glob: '!(*.d).{js,ts}',
      snapshot: false,
      tableName: 'schema_migrations',
    },
    driverOptions: { connectionTimeoutMillis: 4_500 },
    logger: () => undefined,
  });
}
