import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createFetchProfile } from '../../src/activities/fetch-profile.ts';
import { ChannelError, type Channel } from '../../src/channels/channel.ts';
import {
  aChannel,
  anAccount,
  aWebhook,
  customerMessage,
  someChannels,
} from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { runActivity } from './run-activity.ts';

describe("the activity that looks up a customer's name", () => {
  let db: TestStores;
  let account: { id: string; externalId: string };
  let customer: string;
  let conversationId: string;

  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores);
    customer = randomUUID();
    const event = customerMessage({ accountExternalId: account.externalId, customer });
    const { messages } = await db.stores.inbound.receive(aWebhook([event]));
    conversationId = messages[0]?.conversationId ?? '';
  });
  afterAll(() => db.close());

  function run(fetchProfile: Channel['fetchProfile'], given = conversationId) {
    const activity = createFetchProfile({
      profiles: db.stores.profiles,
      accounts: db.stores.accounts,
      channels: someChannels(aChannel({ name: 'instagram', fetchProfile })),
    });
    return runActivity(activity, { conversationId: given });
  }
  /** What the next event would do: ask for the profile, or go out with this name. */
  async function nameInNextEvent() {
    const next = await db.stores.deliveries.next(conversationId);
    if (next.do !== 'post') return next.do;
    return (JSON.parse(next.event.body) as { data: { sender_username: string | null } }).data
      .sender_username;
  }

  it('asks for the customer of the conversation and keeps the name', async () => {
    const asked: unknown[] = [];
    await run((channelAccount, customerId) => {
      asked.push([channelAccount.id, channelAccount.credentials, customerId]);
      return Promise.resolve({ username: 'ann', name: 'Ann' });
    });
    expect(asked).toEqual([[account.id, { access_token: 'token-1' }, customer]]);
    expect(await nameInNextEvent()).toBe('ann');
    const found = await db.stores.conversations.find(conversationId, '*');
    expect(found?.participants).toMatchObject([{ username: 'ann', name: 'Ann' }]);
  });

  it('does not ask again for a day where the platform does not tell', async () => {
    await run(() => Promise.resolve(null));
    expect(await nameInNextEvent()).toBeNull();
  });

  it('asks again next time where the platform could not be asked', async () => {
    await run(() => Promise.reject(new ChannelError('unreachable', 'X', 'away')));
    expect(await nameInNextEvent()).toBe('fetch_profile');
  });

  it('keeps the old name when the platform says nothing after a day', async () => {
    await run(() => Promise.resolve({ username: 'ann', name: 'Ann' }));
    await db.rows(`update users set profile_fetched_at = now() - interval '25 hours'`);
    expect(await nameInNextEvent()).toBe('fetch_profile');
    await run(() => Promise.resolve(null));
    expect(await nameInNextEvent()).toBe('ann');
  });

  it('does nothing for a conversation or an account that is gone', async () => {
    const notAsked = () => Promise.reject(new Error('no call was expected'));
    await run(notAsked, 'conv_unknown');
    await db.stores.accounts.remove(account.id, 'test');
    await run(notAsked);
  });
});
