import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { CHECK_ACCOUNTS_SCHEDULE } from '../../src/workflows/contract.ts';
import { until } from '../sandbox/http.ts';
import { readLedger } from '../support/observe.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

let router: RouterUnderTest;
beforeAll(async () => {
  router = await startRouter({ processes: 'together' });
}, 120_000);
afterAll(() => router?.close());

type Event = { type: string; data: Record<string, unknown> };
const crmEvents = async () =>
  (await readLedger(router.sandbox.url, 'crm')).map(({ body }) => body as Event);

type Phone = { data: { name: string; messages: { text: string; from: string }[] }[] };
const phoneOf = async (customer: string) =>
  (await router.control<Phone>('GET', `/instagram/customers/${customer}`)).data[0]?.messages ?? [];

describe('a rule of the account', () => {
  it('answers order66 once with the customer’s name, and the CRM is told', async () => {
    const path = `/api/v1/accounts/${router.account.id}/auto-replies`;
    const rule = {
      match: 'exact',
      pattern: 'order66',
      text: 'Your order 66 is on its way, {name}.',
      cooldown_seconds: 0,
    };
    expect((await router.call('POST', path, rule)).status).toBe(201);
    await router.control('POST', '/instagram/webhooks', { mode: 'duplicate', count: 1 });
    const customer = 'customer-66';
    await router.control('POST', `/instagram/customers/${customer}/messages`, {
      account: router.account.externalId,
      text: 'Order66',
      name: 'Ana Souza',
    });
    const about = async () =>
      (await crmEvents()).filter(({ data }) =>
        [data['sender_id'], data['recipient_id']].includes(customer),
      );
    await until('the CRM is told', async () =>
      (await about()).some(({ type }) => type === 'message.sent'),
    );
    await router.write(customer, 'thank you');
    await until('the next one is there', async () => (await about()).length >= 3);
    expect((await phoneOf(customer)).filter(({ from }) => from === 'business')).toMatchObject([
      { text: 'Your order 66 is on its way, Ana Souza.' },
    ]);
    const events = await about();
    expect(events.map(({ type }) => type)).toEqual([
      'message.received',
      'message.sent',
      'message.received',
    ]);
    expect(events[1]?.data).toMatchObject({
      source: 'auto_reply',
      text: 'Your order 66 is on its way, Ana Souza.',
    });
  });
});

describe('the check of the accounts', () => {
  type Health = { status: string; checked_at: string; token: { days_left: number | null } };
  const health = async () =>
    (await router.call<Health>('GET', `/api/v1/accounts/${router.account.id}/health`)).body;

  async function checkNow(): Promise<void> {
    const { checked_at: before } = await health();
    const connection = await Connection.connect({ address: router.temporal.address });
    const client = new Client({ connection, namespace: router.temporal.namespace });
    const schedule = client.schedule.getHandle(CHECK_ACCOUNTS_SCHEDULE);
    await until(
      'it is planned',
      () =>
        schedule.trigger().then(
          () => true,
          () => false,
        ),
      20_000,
    );
    await until('it was checked', async () => (await health()).checked_at !== before, 20_000);
    await connection.close();
  }

  it('renews a token before it ends, and sends with the new one', async () => {
    expect(await health()).toMatchObject({ status: 'healthy', token: { days_left: null } });
    const path = `/instagram/accounts/${router.account.externalId}`;
    await router.control('PUT', path, { token_age_hours: 25 });
    await router.sql(`update accounts set credentials_set_at = now() - interval '25 hours'`);
    await checkNow();
    await until('it is renewed', async () => (await health()).token.days_left === 60);
    await router.openWindow('customer-after');
    const { message_id: id } = await router.send('customer-after', 'with the new token');
    await router.untilStatus(id, 'sent');
  });

  it('tells the CRM of a token that ends soon', async () => {
    await router.sql(
      `update accounts set credentials_expire_at = now() + interval '6 days 12 hours'`,
    );
    await checkNow();
    await until('the CRM is told', async () =>
      (await crmEvents()).some(
        ({ type, data }) => type === 'account.token_expiring' && data['days_left'] === 7,
      ),
    );
    expect(await health()).toMatchObject({ status: 'degraded', token: { days_left: 7 } });
  });
});
