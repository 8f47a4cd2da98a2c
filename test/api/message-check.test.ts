import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expectProblem, places, startApi, type TestApi } from './support/api.ts';
import { A_PHOTO, anOutlook } from './support/fake-outlooks.ts';
import { KEYS } from './support/fakes.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());
beforeEach(() => {
  Object.assign(api.world.outlook, anOutlook());
  api.world.channel = {};
});

const DAY = 86_400_000;
const text = { type: 'text', text: 'hello' };
const inMine = { conversation_id: 'conv_mine' };
const check = (json: object, key = KEYS.crm) =>
  api.call('POST', '/api/v1/messages/check', { key, json });

async function problemsFor(json: object) {
  const { json: body } = await check({ ...inMine, ...json });
  const problems = body['problems'] as { code: string; detail: string; pointer: string | null }[];
  expect(body['can_send']).toBe(problems.length === 0);
  return problems.map(({ code }) => code);
}

describe('asking beforehand', () => {
  it('says that nothing speaks against it, until when, and what becomes of it', async () => {
    const content = { type: 'image', url: 'https://x.example/1.png', caption: 'look' };
    const { json } = await check({ ...inMine, content });
    const until = (api.world.outlook.customerWroteAt?.getTime() ?? 0) + DAY;
    expect(json).toEqual({
      can_send: true,
      problems: [],
      account_id: 'acc_mine',
      channel: 'instagram',
      conversation_id: 'conv_mine',
      window: { window: 'open', until: new Date(until).toISOString() },
      template_needed: false,
      content: { parts: 2, conversions: ['the caption is sent as a text of its own'] },
      queue: { waiting: 0, delay_seconds: 0, reason: null },
    });
    expect(api.world.messages.rows).toEqual([]);
  });

  it('works without content, and by account and recipient', async () => {
    const { json } = await check({ account_id: 'acc_mine', recipient: '1254' }, KEYS.scopedCrm);
    expect(json).toMatchObject({ can_send: true, content: null });
  });

  it('tells of an account that is disabled, paused or throttled', async () => {
    const { account } = api.world.outlook;
    account.enabled = false;
    expect(await problemsFor({})).toEqual(['account_disabled']);
    account.enabled = true;
    account.pauseReason = '190';
    account.throttledUntil = new Date(Date.now() + 30_000);
    expect(await problemsFor({})).toEqual(['account_paused', 'account_throttled']);
    const { json } = await check(inMine);
    expect(json['queue']).toEqual({ waiting: 0, delay_seconds: 30, reason: 'throttled' });
    account.throttledUntil = new Date(Date.now() - 1);
    account.pauseReason = null;
    expect(await problemsFor({})).toEqual([]);
  });

  it('tells of a customer who cannot be reached, or has not written', async () => {
    api.world.outlook.unreachableSince = new Date();
    expect(await problemsFor({})).toEqual(['recipient_unreachable']);
    api.world.outlook.unreachableSince = null;
    api.world.outlook.customerWroteAt = null;
    expect(await problemsFor({})).toEqual(['window_closed']);
  });

  it('judges an edit by what it changes: a text, or the caption of a file', async () => {
    const planned: unknown[] = [];
    api.world.channel = {
      planSend(content) {
        planned.push(content);
        return { parts: [content], conversions: [] };
      },
    };
    for (const message_id of [A_PHOTO, '0b54e86a-93cf-4a36-9f3b-0c8f0c9ac002'])
      await problemsFor({ content: { type: 'edit', message_id, text: 'look' } });
    expect(planned).toEqual([
      { type: 'edit', text: 'look', caption: true },
      { type: 'edit', text: 'look' },
    ]);
  });

  it('tells of a window that is closed, and which one takes a template', async () => {
    api.world.outlook.customerWroteAt = new Date(Date.now() - DAY);
    expect(await problemsFor({ content: text })).toEqual(['window_closed']);
    api.world.channel = {
      window: { freeMs: DAY, afterwards: 'template' },
      planSend: (content) => ({ parts: [content], conversions: [] }),
    };
    expect(await problemsFor({ content: text })).toEqual(['template_required']);
    expect((await check(inMine)).json['template_needed']).toBe(true);
    const template = { type: 'template', name: 'a', language: 'en' };
    expect(await problemsFor({ content: template })).toEqual([]);
    api.world.channel = { window: null };
    expect(await problemsFor({ content: text })).toEqual([]);
    expect((await check(inMine)).json['window']).toEqual({ window: 'always', until: null });
  });

  it('tells until when a person may answer', async () => {
    const window = { freeMs: DAY, afterwards: 'human_agent', humanAgentMs: 7 * DAY } as const;
    api.world.channel = { window };
    const wroteAt = Date.now() - 2 * DAY;
    api.world.outlook.customerWroteAt = new Date(wroteAt);
    const { json } = await check({ ...inMine, content: text });
    expect(json).toMatchObject({
      can_send: true,
      window: { window: 'human_agent', until: new Date(wroteAt + 7 * DAY).toISOString() },
    });
  });

  it.each([
    [{ type: 'edit', message_id: crypto.randomUUID(), text: 'x' }, 'content_unsupported'],
    [{ type: 'image', media_id: '1', mime_type: 'image/webp' }, 'media_type_unsupported'],
    [{ type: 'image', media_id: '1', size_bytes: 9_000_000 }, 'media_too_large'],
  ])('tells what the channel has against %j', async (content, code) => {
    const { json } = await check({ ...inMine, content });
    expect(json).toMatchObject({
      can_send: false,
      content: null,
      problems: [
        { code, detail: expect.any(String), pointer: expect.stringMatching(/^\/content/) },
      ],
    });
  });

  it('tells how many wait before it, for how long, and why', async () => {
    api.world.outlook.queue = {
      waiting: 3,
      nextAttemptAt: new Date(Date.now() + 8_500),
      waitReason: 'retry',
    };
    const { json } = await check(inMine);
    expect(json['queue']).toEqual({ waiting: 3, delay_seconds: 9, reason: 'retry' });
  });

  it.each([
    ['no destination', {}, ''],
    ['both', { ...inMine, account_id: 'acc_mine', recipient: '1' }, ''],
    ['a member that is not known', { ...inMine, reply_to: crypto.randomUUID() }, '/reply_to'],
    ['wrong content', { ...inMine, content: { type: 'text' } }, '/content/text'],
  ])('refuses %s', async (_what, json, pointer) => {
    const found = expectProblem(await check(json), 400, 'validation_failed');
    expect(places(found)).toEqual([`body ${pointer}`]);
  });

  it('shows no other account, conversation or recipient', async () => {
    const other = { account_id: 'acc_theirs', recipient: '1' };
    expectProblem(await check(other, KEYS.scopedCrm), 403, 'account_forbidden');
    const nobody = { account_id: 'acc_nobody', recipient: '1' };
    expectProblem(await check(nobody), 404, 'account_not_found');
    expectProblem(await check({ conversation_id: 'conv_x' }), 404, 'conversation_not_found');
    api.world.outlook.accountId = 'acc_theirs';
    expectProblem(await check(inMine, KEYS.scopedCrm), 404, 'conversation_not_found');
    api.world.outlook.accountId = 'acc_mine';
    api.world.channel = { parseRecipient: () => null };
    const wrong = await check({ account_id: 'acc_mine', recipient: 'x' });
    expect(places(expectProblem(wrong, 400, 'recipient_invalid'))).toEqual(['body /recipient']);
  });
});
