import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, until } from '../sandbox/http.ts';
import { finalOutput, leakedOf, secretSettings, temporalRecords } from '../support/canaries.ts';
import { createCrmDatabase, type CrmDatabase } from '../support/mysql.ts';
import { type RouterUnderTest, startRouter, type TestAccount } from '../support/router.ts';

/** Each stands for one kind of private thing, so that a failure says what leaked. */
const CANARY = {
  text: 'canary-text-5d41',
  longText: 'canary-long-8f14',
  appText: 'canary-app-2b7e',
  username: 'canary_username_9c6a',
  name: 'Canary Name 3f1b',
  customer: '5511987650001999canary',
  unreachable: '5511987650002999canary',
  platformAccount: '17841499042000042',
  token: 'IGAAcanarytoken7a2d0000000000000000',
  wrongToken: 'IGAAcanarywrong4e8c000000000000000',
  webhookSecret: 'whsec_Y2FuYXJ5LXNlY3JldC02YjNmMDAwMDAw',
  webhookHeader: 'canary-webhook-header-77a1',
  urlKey: 'canary-url-key-1e9d',
  idempotencyKey: 'canary-idempotency-7d3c',
  platformWords: 'Canary words of the platform',
  crmWords: 'canary-crm-words-b81c',
  attachment: 'canary-attachment-c02e',
  reaction: 'canary-reaction-d93f',
  bearer: 'c4a_canarybearer_000000000000000000000000',
  cursor: 'canary-cursor-e4a0',
  pathId: 'canary-path-f5b1',
};

let router: RouterUnderTest;
let crm: CrmDatabase;
let account: TestAccount;
const refused: { asked: string; answer: Answer<unknown> }[] = [];

beforeAll(async () => {
  const delays = { OUTBOUND_RETRY_DELAYS: '0.1,0.2', CRM_RETRY_DELAYS: '0.1,0.2,0.4' };
  crm = await createCrmDatabase();
  // What the server says of a second row of a customer quotes the customer's id.
  await crm.sql('alter table messages add unique key one (user_id, direction)');
  const env = { ...delays, ...crm.env, LOG_LEVEL: 'debug' };
  router = await startRouter({ processes: 'apart', env });
  account = await registerCanaryAccount();
}, 120_000);
afterAll(async () => {
  await router?.close();
  await crm?.drop();
});

async function registerCanaryAccount(): Promise<TestAccount> {
  const [externalId, token] = [CANARY.platformAccount, CANARY.token];
  const platform = { instagram_account_id: externalId, username: CANARY.username };
  await router.control('POST', '/instagram/accounts', { ...platform, access_token: token });
  const secrets = [CANARY.webhookSecret];
  await router.control('PUT', '/crm/secrets', { secrets });
  const created = await router.call('POST', '/api/v1/accounts', {
    instagram_account_id: externalId,
    access_token: token,
    crm_webhook_url: `${router.sandbox.url}/crm/webhooks?key=${CANARY.urlKey}`,
    webhook_secret: CANARY.webhookSecret,
    crm_webhook_headers: { Authorization: `Bearer ${CANARY.webhookHeader}` },
  });
  expect(created.status).toBe(201);
  return { id: String(created.body['account_id']), externalId };
}

const act = (customer: string, action: string, body: object) =>
  router.control('POST', `/instagram/customers/${customer}/${action}`, {
    account: account.externalId,
    ...body,
  });
const send = (customer: string, text: string, more: object = {}) =>
  router.send(customer, text, { account_id: account.id, ...more });
async function crmGot(what: string): Promise<void> {
  await until(
    `the CRM gets ${what}`,
    async () => JSON.stringify(await router.control('GET', '/crm/received')).includes(what),
    20_000,
  );
}
/** A request that must be refused; its answer is kept for the search. */
async function refuse(method: string, path: string, body?: unknown, headers = {}): Promise<void> {
  const answer = await router.call<unknown>(method, path, body, headers);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  refused.push({ asked: `${method} ${path}`, answer });
}

const leaked = (haystack: string | Buffer, names?: string[]) => leakedOf(CANARY, haystack, names);

describe('private things', () => {
  it('go their way in and out', async () => {
    const { customer } = CANARY;
    await act(customer, 'messages', {
      text: CANARY.text,
      username: CANARY.username,
      name: CANARY.name,
    });
    await crmGot(CANARY.username);
    const url = `https://example.com/${CANARY.attachment}.jpg`;
    await act(customer, 'messages', { attachments: [{ type: 'image', url }] });
    await crmGot(CANARY.attachment);
    const more = { idempotency_key: CANARY.idempotencyKey };
    const { message_id: id } = await send(customer, CANARY.text, more);
    await router.untilStatus(id, 'sent');
    const { message_id: long } = await send(customer, CANARY.longText.repeat(100));
    await router.untilStatus(long, 'sent');
    await act(customer, 'seen', {});
    await router.untilStatus(long, 'read');
    await act(customer, 'app-messages', { text: CANARY.appText });
    await act(customer, 'raw', { items: [{ [CANARY.reaction]: { of: CANARY.text } }] });
  });

  it('go through every kind of failure', async () => {
    const { customer } = CANARY;
    const words = `${CANARY.platformWords}: ${customer} ${CANARY.token}`;
    const fails = { error: { code: 2, message: words, is_transient: true } };
    const toCustomer = { path: '/messages', body: customer };
    const ladder = { match: toCustomer, times: 3, status: 500, body: fails };
    await router.control('PUT', '/instagram/faults', [ladder]);
    const { message_id: failed } = await send(customer, `${CANARY.text} transient`);
    const status = await router.untilStatus(failed, 'failed');
    expect(leaked(JSON.stringify(status))).toEqual(['platformWords']);
    const garbage = { match: toCustomer, mode: 'apply-then-fail', status: 200, body: CANARY.text };
    await router.control('PUT', '/instagram/faults', [garbage]);
    const { message_id: unknown } = await send(customer, `${CANARY.text} unknown`);
    await router.untilStatus(unknown, 'sent');
    const { message_id: lost } = await send(CANARY.unreachable, CANARY.text);
    await router.untilStatus(lost, 'failed');

    const down = { times: 2, status: 500, body: CANARY.crmWords };
    await router.control('PUT', '/crm/faults', [down]);
    await act(customer, 'messages', { text: `${CANARY.text} while the CRM is down` });
    await crmGot('while the CRM is down');
    const path = `/instagram/accounts/${account.externalId}`;
    await router.control('PUT', path, { token: 'expired' });
    const { message_id: paused } = await send(customer, `${CANARY.text} paused`);
    await crmGot('account.paused');
    const own = `/api/v1/accounts/${account.id}`;
    await refuse('PUT', own, { access_token: CANARY.wrongToken });
    await router.control('PUT', path, { token: 'valid' });
    expect((await router.call('PUT', own, { access_token: CANARY.token })).status).toBe(200);
    await router.untilStatus(paused, 'sent');
    await router.call('POST', `${own}/webhook-test`);
  });

  it('come in requests that are refused, and are not in the answers', async () => {
    const { customer, text } = CANARY;
    const good = { account_id: account.id, recipient_id: customer, message: text };
    const sending = '/api/v1/messages/send';
    await refuse('POST', sending, {
      ...good,
      idempotency_key: CANARY.idempotencyKey,
      message: `${text}!`,
    });
    await refuse('POST', sending, { ...good, message: { text } });
    await refuse('POST', sending, { ...good, message: text.repeat(1000) });
    await refuse('POST', sending, { ...good, recipient_id: `${customer} ${text}` });
    await refuse('POST', sending, { ...good, message_id: CANARY.pathId });
    await refuse('POST', sending, { ...good, account_id: CANARY.platformAccount });
    await refuse('POST', sending, `{"message": "${text}"`);
    await refuse('POST', sending, good, { authorization: `Bearer ${CANARY.bearer}` });
    await refuse('GET', `/api/v1/messages/${CANARY.pathId}/status`);
    await refuse('GET', `/api/v1/conversations?cursor=${CANARY.cursor}`);
    await refuse('GET', `/${CANARY.pathId}?token=${CANARY.token}`);
    await refuse('POST', '/api/v1/accounts', {
      instagram_account_id: CANARY.platformAccount,
      access_token: CANARY.wrongToken,
    });
    await refuse('POST', '/api/v1/accounts', {
      instagram_account_id: '17841499000000043',
      access_token: CANARY.wrongToken,
      crm_webhook_url: `nonsense ${CANARY.urlKey}`,
      webhook_secret: `${CANARY.webhookSecret} with spaces`,
      crm_webhook_headers: { Host: CANARY.webhookHeader, 'X-Own': `${CANARY.webhookHeader}\n` },
    });
    await refuse('POST', '/webhooks/instagram', { object: 'instagram', entry: [{ id: text }] });
    await refuse('GET', `/webhooks/instagram?hub.mode=subscribe&hub.verify_token=${CANARY.token}`);
    await router.control('POST', '/instagram/raw', { [CANARY.reaction]: text, entry: text });
    await router.control('POST', '/instagram/webhooks', { mode: 'bad-signature', count: 1 });
    await act(customer, 'messages', { text });
    for (const { asked, answer } of refused)
      expect({ asked, leaked: leaked(JSON.stringify(answer.body)) }).toEqual({ asked, leaked: [] });
  });

  it('are in nothing that the processes wrote', async () => {
    const output = await finalOutput(router);
    // Both wrote of these very messages, so that the search is one of the right text.
    const { api, worker } = router.processes ?? {};
    for (const each of [api, worker]) expect(each?.output()).toContain(account.id);
    expect(output).toContain('"outcome":"transient"');
    expect(output).toContain('webhook attempted');
    expect(output).toContain('ER_DUP_ENTRY');
    expect(leaked(output)).toEqual([]);
    const secrets = secretSettings(router);
    expect(Object.keys(secrets)).toContain('CRM_MYSQL_PASSWORD');
    expect(leakedOf(secrets, output)).toEqual([]);
    for (const line of output.trimEnd().split('\n'))
      expect(Object.keys(JSON.parse(line))).toContain('level');
  });

  it('are in no Temporal history, and neither in its memos, names and labels', async () => {
    const records = await temporalRecords(router.temporal);
    for (const { workflowId, bytes } of records)
      expect({ workflowId, leaked: leaked(bytes) }).toEqual({ workflowId, leaked: [] });
    const wanted = ['conversation', 'sendMessage', 'mirrorToCrm', 'deadLetter'];
    expect(records.map(({ type }) => type)).toEqual(expect.arrayContaining(wanted));
  });

  it('did all arrive where they belong', async () => {
    const [crm, platform] = await Promise.all(
      ['crm', 'instagram'].map((side) => router.control('GET', `/${side}/received`)),
    );
    const seen = JSON.stringify([crm, platform]);
    const expected = [
      'text',
      'longText',
      'username',
      'customer',
      'platformAccount',
      'urlKey',
      'attachment',
    ];
    expect(leaked(seen, expected)).toEqual(expected);
  });
});
