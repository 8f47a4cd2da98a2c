import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MessageContent } from '../../src/domain/message.ts';
import type { MessageDetails } from '../../src/domain/message-details.ts';
import { anAccount, anEcho, aWebhook, customerMessage } from '../support/builders.ts';
import { eventsOf, openTestStores, type TestStores } from '../support/database.ts';

const DETAILS: MessageDetails = {
  order: {
    catalog_id: '800',
    items: [{ product_id: 'SKU-9', quantity: 2, price: '12', currency: 'EUR' }],
  },
  story: { kind: 'mention', id: null, url: 'https://cdn.example/s' },
  platform_data: { content: { 'na\0me': 'a\0b', half: '\ud83d' }, truncated: false },
};
/** As PostgreSQL takes them. */
const STORED = {
  ...DETAILS,
  platform_data: { content: { name: 'ab', half: '\ufffd' }, truncated: false },
};

describe('what a message carries beside its text', () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;

  beforeAll(async () => {
    db = await openTestStores();
  });
  beforeEach(async () => {
    account = await anAccount(db.stores);
    customer = randomUUID();
  });
  afterAll(() => db.close());

  const given = () => ({ accountExternalId: account.externalId, customer });
  const conversation = () =>
    db.value<string>('select id from conversations where account_id = $1', account.id);
  const history = async () =>
    (await db.stores.conversations.listMessages(await conversation(), '*', { limit: 9 }))?.items;
  const write = (details?: MessageDetails) => {
    const message = customerMessage({ ...given(), id: 'in-1' });
    const event = { ...message, content: { ...message.content, details } };
    return db.stores.inbound.receive(aWebhook([event]));
  };

  it('is told to the CRM in members of their own, and stands in the history', async () => {
    await write(DETAILS);
    const [event] = await eventsOf(db, await conversation());
    expect(event?.data).toMatchObject(STORED);
    expect(event?.data).not.toHaveProperty('details');
    expect(await history()).toMatchObject([{ text: 'hi', details: STORED }]);
  });

  it('is absent where the message has nothing of it', async () => {
    await write();
    const [event] = await eventsOf(db, await conversation());
    expect(Object.keys(event?.data ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/order|story|platform_data|details/)]),
    );
    expect(await history()).toMatchObject([{ details: {} }]);
  });

  it('goes when the customer takes the message back', async () => {
    await write(DETAILS);
    const { key: _, ...base } = customerMessage({ ...given(), id: 'in-1' });
    const taken = { ...base, kind: 'deleted', key: 'deleted:in-1', by: 'customer' } as const;
    await db.stores.inbound.receive(aWebhook([taken]));
    expect(await history()).toMatchObject([{ text: null, details: {} }]);
    const [, event] = await eventsOf(db, await conversation());
    expect(event?.data).not.toHaveProperty('order');
  });

  it("is kept of a message that was typed in the platform's own app", async () => {
    const echo = anEcho({ ...given(), id: 'typed' });
    const content = { ...echo.content, payload: 'P', details: DETAILS };
    await db.stores.inbound.receive(aWebhook([{ ...echo, content }]));
    expect(await history()).toMatchObject([
      { source: 'platform_app', payload: 'P', details: STORED },
    ]);
    const [sent] = await eventsOf(db, await conversation());
    expect(sent).toMatchObject({ type: 'message.sent', data: STORED });
  });

  it('of who came by an ad and has not written opens no window for answers', async () => {
    const message = customerMessage({ ...given(), id: 'ad' });
    const content: MessageContent = { type: 'referral', text: null, attachments: [] };
    await db.stores.inbound.receive(aWebhook([{ ...message, content }]));
    const wroteAt = async () =>
      (await db.stores.conversations.find(await conversation(), '*'))?.customerWroteAt;
    expect(await wroteAt()).toBeNull();
    await write();
    expect(await wroteAt()).toBeInstanceOf(Date);
  });

  it('a message whose content must be asked for changes nothing and is kept', async () => {
    await write(DETAILS);
    const untold = {
      kind: 'untold',
      key: 'untold:in-1',
      at: null,
      platformMessageId: 'in-1',
      by: 'customer',
      content: null,
    } as const;
    const result = await db.stores.inbound.receive(
      aWebhook([
        { ...untold, accountExternalId: account.externalId, customer: { externalId: customer } },
        { ...untold, accountExternalId: account.externalId, customer: null, key: 'untold:in-2' },
      ]),
    );
    expect(result).toMatchObject({ stored: 2, unreadable: 0, messages: [] });
    expect(await history()).toMatchObject([{ text: 'hi', editedAt: null, details: STORED }]);
  });
});
