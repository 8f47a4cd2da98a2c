import { randomUUID } from 'node:crypto';
import type {
  Channel,
  ChannelEvent,
  ChannelRegistry,
  WebhookRequest,
} from '../../src/channels/channel.ts';
import type { WebhookAnswer } from '../../src/crm/webhook.ts';
import type { NewAccountRow } from '../../src/database/account-store.ts';
import type { InboundRequest } from '../../src/database/inbound-store.ts';
import type { NewMessage } from '../../src/database/message-store.ts';
import type { OutgoingContent } from '../../src/domain/outgoing-content.ts';
import type { SendOutcome } from '../../src/domain/outcome.ts';
import type { LogFields, Logger } from '../../src/logger.ts';
import type { Stores } from '../../src/database/stores.ts';

/** Things of which a test cares for one or two members; the others are plain and unique. */

let count = 0;
const next = () => (count += 1);

/** A channel whose texts are cut after each `|`; everything else may be given. */
export function aChannel(given: Partial<Channel> & { name: string }): Channel {
  const notAsked = () => Promise.reject(new Error('the test did not expect this call'));
  return {
    reorderWindowMs: 0,
    pace: { account: { count: 1000, perMs: 1000 }, recipient: null },
    givesEvidence: true,
    echoesApiSends: true,
    accountSchema: undefined as never,
    describeAccount: () => ({}),
    validateCredentials: notAsked,
    connectAccount: notAsked,
    disconnectAccount: notAsked,
    window: null,
    checkAccount: notAsked,
    parseRecipient: (recipient) => ({ externalId: recipient, aliases: [] }),
    planSend: (content) =>
      content.type === 'text'
        ? { parts: content.text.split(/(?<=\|)/).map(aText), conversions: [] }
        : { parts: [content], conversions: [] },
    send: notAsked,
    fetchProfile: notAsked,
    answerHandshake: () => null,
    verify: () => false,
    receive: (_request: WebhookRequest) => [],
    ...given,
  };
}

/** A plain text. */
export function aText(text: string): OutgoingContent {
  return { type: 'text', text };
}

/** A registry of these channels; by default all three, of which `telegram` gives no evidence. */
export function someChannels(...given: Channel[]): ChannelRegistry {
  const channels = [
    ...given,
    aChannel({ name: 'instagram' }),
    aChannel({ name: 'whatsapp', echoesApiSends: false }),
    aChannel({ name: 'telegram', givesEvidence: false, echoesApiSends: false }),
  ];
  return {
    names: () => channels.map(({ name }) => name),
    has: (name) => channels.some((channel) => channel.name === name),
    get(name) {
      const channel = channels.find((each) => each.name === name);
      if (!channel) throw new Error(`no channel ${name}`);
      return channel;
    },
  };
}

/** A stored account: its id, and the platform's. */
export async function anAccount(stores: Stores, given: Partial<NewAccountRow> = {}) {
  const account: NewAccountRow = {
    channel: 'instagram',
    externalId: `business-${next()}`,
    details: {},
    username: null,
    credentials: { access_token: 'token-1' },
    crmWebhookUrl: 'https://crm.example/hook',
    webhookSecret: 'secret-1',
    ...given,
  };
  const view = await stores.accounts.create(account, 'test');
  if (!view) throw new Error('the account is there already');
  return { id: view.id, externalId: account.externalId };
}

type GivenMessage = Partial<NewMessage> & { recipientId?: string; text?: string };

/** A request to send a text. */
export function aMessage(
  accountId: string,
  { recipientId = `customer-${next()}`, text = 'hello', ...given }: GivenMessage = {},
): NewMessage {
  return {
    to: { accountId, recipientId },
    content: aText(text),
    traceId: 'trace-1',
    visibleAccounts: '*',
    ...given,
  };
}

/** Stores such a request; the answer must be that it was accepted. */
export async function accepted(
  stores: Stores,
  accountId: string,
  given: GivenMessage = {},
): Promise<{ messageId: string; conversationId: string }> {
  const result = await stores.messages.accept(aMessage(accountId, given));
  if (result.kind !== 'accepted') throw new Error(`the message was not accepted: ${result.kind}`);
  return result.message;
}

/** What a call to the platform came to. */
export const outcome = {
  sent: (platformMessageId = `mid-${next()}`): SendOutcome => ({
    class: 'sent',
    platformMessageId,
  }),
  throttled: (given: { retryAfterMs?: number; scope?: 'recipient' | 'account' } = {}) =>
    ({
      class: 'throttled',
      scope: 'recipient',
      code: '4',
      message: 'Too many calls.',
      ...given,
    }) satisfies SendOutcome,
  failed: (of: 'transient' | 'unavailable' | 'unknown' | 'unauthorized' | 'refused') =>
    ({ class: of, code: `code-${of}`, message: `It was ${of}.` }) satisfies SendOutcome,
};

/** Begins an attempt; the message must be one that may be sent now. */
export async function beginAttempt(stores: Stores, messageId: string, round = 1) {
  const attemptId = randomUUID();
  const begun = await stores.sends.begin({ messageId, round, attemptId, leaseMs: 12_000 });
  if (begun.do !== 'send') throw new Error(`the message cannot be sent: ${JSON.stringify(begun)}`);
  return begun.attempt;
}

/** One whole try: begins an attempt and records what it came to. */
export async function tryOnce(stores: Stores, messageId: string, result: SendOutcome, round = 1) {
  const { attemptId } = await beginAttempt(stores, messageId, round);
  return stores.sends.record({ attemptId, outcome: result, durationMs: 5 });
}

type EventBase = { accountExternalId: string | null; customer: string; at?: number | null };

function base(kind: string, id: string, { accountExternalId, customer, at = null }: EventBase) {
  return {
    accountExternalId,
    key: `${kind}:${id}`,
    at,
    platformMessageId: id,
    customer: { externalId: customer },
  };
}

/** The customer wrote. */
export function customerMessage(
  given: EventBase & { id?: string; text?: string | null },
): Extract<ChannelEvent, { kind: 'message' }> {
  const content = { type: 'text' as const, text: given.text ?? 'hi', attachments: [] };
  const id = given.id ?? `in-${next()}`;
  return { ...base('message', id, given), kind: 'message', content, replyTo: null };
}

/** Something that we, or somebody in the platform's app, wrote comes back. */
export function anEcho(
  given: EventBase & { id?: string; text?: string },
): Extract<ChannelEvent, { kind: 'echo' }> {
  const content = { type: 'text' as const, text: given.text ?? 'hello', attachments: [] };
  return { ...base('echo', given.id ?? `mid-${next()}`, given), kind: 'echo', content };
}

/** The platform says what became of a message. */
export function aStatus(
  given: EventBase & {
    id: string;
    status: 'sent' | 'delivered' | 'read' | 'failed';
    earlierToo?: boolean;
    callbackData?: string;
  },
): Extract<ChannelEvent, { kind: 'status' }> {
  return {
    ...base(given.status, given.id, given),
    kind: 'status',
    status: given.status,
    callbackData: given.callbackData ?? null,
    earlierToo: given.earlierToo ?? false,
    error: given.status === 'failed' ? { code: '131026', message: 'Undeliverable.' } : null,
  };
}

/** A platform's webhook with these events in it. */
export function aWebhook(
  events: ChannelEvent[],
  given: Partial<InboundRequest> = {},
): InboundRequest {
  return {
    channel: 'instagram',
    reorderWindowMs: 0,
    body: Buffer.from(JSON.stringify(events.map(({ key }) => key))),
    events,
    traceId: 'trace-in',
    ...given,
  };
}

/** What the CRM answered. */
export function anAnswer(
  statusCode: number | null,
  given: Partial<WebhookAnswer> = {},
): WebhookAnswer {
  return {
    statusCode,
    errorClass: statusCode === null ? 'timeout' : null,
    retryAfterMs: null,
    durationMs: 12,
    excerpt: '',
    ...given,
  };
}

/** A logger that keeps its lines. */
export function aLog(): Logger & { lines: { message: string; fields: LogFields }[] } {
  const lines: { message: string; fields: LogFields }[] = [];
  const keep = (message: string, fields: LogFields = {}) => void lines.push({ message, fields });
  const logger = { lines, error: keep, warn: keep, info: keep, debug: keep, child: () => logger };
  return logger;
}
