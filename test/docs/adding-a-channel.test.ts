import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeChannelContract } from '../contract/channel-contract.ts';
import { readLedger } from '../support/observe.ts';
import { startRouter, type RouterUnderTest } from '../support/router.ts';
import { until } from '../sandbox/http.ts';
import { readDocument, ROOT } from './documents.ts';
import { createSmoke } from './smoke/index.ts';
import { features, startSmoke } from './smoke/platform-under-test.ts';
import { createSmokePlatform, type Puff } from './smoke/platform.ts';

const guide = readDocument('docs/adding-a-channel.md');

describe('the guide to adding a channel', () => {
  const quoted = [...guide.text.matchAll(/\]\((\S+\.ts)\)[^\n]*\n\n```ts\n(.*?)^```/gms)];

  it('quotes the files that it names as they are', () => {
    expect(quoted.length).toBeGreaterThan(4);
    for (const [, link = '', code = ''] of quoted) {
      const file = readFileSync(join(ROOT, normalize(join(dirname(guide.path), link))), 'utf8');
      expect(file).toContain(code.trimEnd());
    }
    const blocks = guide.text.match(/^```ts$/gm) ?? [];
    expect(quoted).toHaveLength(blocks.length);
  });
});

// Step 4 of the guide.
describeChannelContract('Smoke', features, startSmoke);

describe('a router with one channel more', () => {
  const fire = { fire_id: 'our-fire', keeper_key: 'key-of-our-fire' };
  const HILL = 'far-hill';
  let router: RouterUnderTest;
  let account: string;

  beforeAll(async () => {
    router = await startRouter({
      processes: 'together',
      more: {
        channels: (sandboxUrl) => [createSmoke({ apiUrl: `${sandboxUrl}/smoke` })],
        platforms: { smoke: createSmokePlatform },
      },
    });
    await router.control('POST', '/smoke/accounts', fire);
    const created = await router.call('POST', '/api/v1/accounts', { channel: 'smoke', ...fire });
    expect(created).toMatchObject({ status: 201, body: { channel: 'smoke', fire_id: 'our-fire' } });
    account = String(created.body['account_id']);
  }, 120_000);
  afterAll(() => router?.close());

  it('passes on what comes in, and sends what goes out, in its parts', async () => {
    const { puff } = await router.control('POST', `/smoke/customers/${HILL}/messages`, {
      account: 'our-fire',
      text: 'Is anybody there? 🔥',
      name: 'Ann',
    });
    const received = async () => {
      const calls = await readLedger(router.sandbox.url, 'crm');
      return calls.map(({ body }) => body as { type: string; data: Record<string, unknown> });
    };
    await until(
      'the CRM hears of it',
      async () => (await received()).some(({ data }) => data['text'] === 'Is anybody there? 🔥'),
      20_000,
    );
    expect(await received()).toContainEqual(
      expect.objectContaining({
        type: 'message.received',
        account_id: account,
        data: expect.objectContaining({ channel: 'smoke', sender_id: HILL }),
      }),
    );
    expect(puff).toBe('puff-1');

    const text = `We are. ${'Bring wood! '.repeat(40)}`.trim();
    const { message_id } = await router.send(HILL, text, { account_id: account });
    const status = await router.untilStatus(message_id, 'sent');
    expect(status.parts.map((part) => part.platform_message_id)).toEqual(['puff-2', 'puff-3']);
    const { data } = await router.control<{ data: Puff[] }>('GET', `/smoke/customers/${HILL}`);
    const ours = data.filter(({ from }) => from === 'business');
    expect(ours.map((one) => one.text).join('')).toBe(text);
  });

  it('documents the channel, and refuses what is none of it', async () => {
    const { body } = await router.call('GET', '/openapi.json');
    expect(Object.keys(body['paths'] as object)).toContain('/webhooks/smoke/{account_id}');
    const odd = { channel: 'smoke', fire_id: 'Our Fire', keeper_key: 'key-of-our-fire' };
    const refused = await router.call('POST', '/api/v1/accounts', odd);
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/fire_id' }] } });
    const forged = await router.call('POST', `/webhooks/smoke/${account}`, {
      puff: 'p',
      from: HILL,
    });
    expect(forged.status).toBe(401);
  });
});
