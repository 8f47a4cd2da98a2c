import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import { createStores } from '../../src/database/stores.ts';
import {
  accepted,
  aChannel,
  anAccount,
  aWebhook,
  customerMessage,
  someChannels,
} from '../support/builders.ts';
import { eventsOf, openTestStores, testConfig, type TestStores } from '../support/database.ts';

describe('a person with several conversations', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let ana: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    ana = `ana-${randomUUID()}`;
  });
  afterAll(() => db.close());

  /** A person is written to in the place where they wrote last, and a place at its own id. */
  function withPlaces() {
    const channel = aChannel({
      name: 'instagram',
      parseRecipient: (externalId) => ({
        externalId,
        aliases: [],
        ...(externalId.includes('/') ? {} : { lastPlace: `${externalId}/*` }),
      }),
    });
    return createStores(db.database, someChannels(channel), testConfig(db.url));
  }

  const receive = (...events: ChannelEvent[]) => db.stores.inbound.receive(aWebhook(events));
  const inTopic = (topic: string, messageId: string = randomUUID()): ChannelEvent => ({
    ...customerMessage({ accountExternalId: account.externalId, customer: '' }),
    platformMessageId: messageId,
    customer: { externalId: `${ana}/${topic}`, lastPlace: `${ana}/*` },
  });
  const conversationAt = (recipientId: string) =>
    db.value<string>('select id from conversations where recipient_id = $1', recipientId);
  const sentTo = async (recipientId: string) =>
    (await accepted(withPlaces(), account.id, { recipientId })).conversationId;
  const heart = (messageId: string): ChannelEvent => ({
    kind: 'reaction',
    accountExternalId: account.externalId,
    key: randomUUID(),
    at: null,
    platformMessageId: messageId,
    customer: { externalId: ana },
    by: 'customer',
    action: 'react',
    emoji: '❤',
  });

  it('is written to where they wrote last, if only the person is named', async () => {
    await receive(inTopic('44'));
    await receive(inTopic('55'));
    const [first, second] = [await conversationAt(`${ana}/44`), await conversationAt(`${ana}/55`)];
    expect(first).not.toBe(second);
    expect(await sentTo(ana)).toBe(second);
    await receive(inTopic('44'));
    expect(await sentTo(ana)).toBe(first);
    expect(await sentTo(`${ana}/55`)).toBe(second);
    expect((await withPlaces().outlooks.ofCustomer(account.id, whom()))?.conversationId).toBe(
      first,
    );
  });

  const whom = () => ({ externalId: ana, aliases: [], lastPlace: `${ana}/*` });

  it('is written to at the id itself, once there is a conversation that has it', async () => {
    const own = await sentTo(ana);
    await receive(inTopic('44'));
    expect(await sentTo(ana)).toBe(own);
    expect((await withPlaces().outlooks.ofCustomer(account.id, whom()))?.conversationId).toBe(own);
  });

  it('cannot be reached where they wrote last, when they block the account', async () => {
    await receive(inTopic('44'));
    await receive({
      kind: 'reachability',
      accountExternalId: account.externalId,
      key: randomUUID(),
      at: null,
      customer: { externalId: ana, lastPlace: `${ana}/*` },
      reachable: false,
    });
    const outlook = () => withPlaces().outlooks.ofCustomer(account.id, whom());
    expect((await outlook())?.unreachableSince).toEqual(expect.any(Date));
    await receive(inTopic('44'));
    expect((await outlook())?.unreachableSince).toBeNull();
    expect(await conversationAt(ana)).toBeUndefined();
  });

  it('reacts in the conversation in which the message stands', async () => {
    await receive(inTopic('44', 'liked'), inTopic('55'));
    await receive(heart('liked'));
    const there = await eventsOf(db, await conversationAt(`${ana}/44`));
    expect(there.map(({ type }) => type)).toEqual(['message.received', 'message.reaction']);
    expect(await conversationAt(ana)).toBeUndefined();
  });
});
