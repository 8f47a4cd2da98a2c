import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { webhookSecret } from '../../src/channels/telegram/webhook.ts';
import { until } from '../sandbox/http.ts';
import {
  type AlertReceiver,
  type Canaries,
  finalOutput,
  leakedOf,
  openAlertReceiver,
  secretSettings,
  shownToOperators,
  temporalRecords,
} from '../support/canaries.ts';
import { type Accepted, type RouterUnderTest, startRouter } from '../support/router.ts';
import { eventWith, type SecrecyScript, type Stage } from './secrecy-script.ts';
import { createTelegramScript } from './secrecy-telegram.ts';
import { createWhatsAppScript } from './secrecy-whatsapp.ts';

/** What every channel hands to the router beside its own. */
const COMMON = {
  webhookSecret: 'whsec_Y2FuYXJ5LWNoYW5uZWxzLTZiMDAwMDAw',
  urlKey: 'canary-channels-url-key-1e9d',
  alertKey: 'canary-alert-url-key-55c0',
  platformWords: 'Canary words of the platform',
  crmWords: 'canary-channels-crm-words-b81c',
  wrongToken: 'canary_wrong_token_4e8c0000000000000000',
};

let router: RouterUnderTest;
let alerts: AlertReceiver;
/** All that was private so far, on whatever channel. */
const private_: Record<string, string> = { ...COMMON };
/** What the router answered, by what was asked; the platform's own words may be in it. */
const answers: { asked: string; body: string }[] = [];

beforeAll(async () => {
  alerts = await openAlertReceiver();
  const env = {
    ...{ OUTBOUND_RETRY_DELAYS: '0.1,0.2', CRM_RETRY_DELAYS: '0.1,0.2', LOG_LEVEL: 'debug' },
    // No proof follows of a call that an edge has refused: the next message shall not wait long.
    EVIDENCE_WAIT: '1',
    ALERT_WEBHOOK_URL: `${alerts.url}?key=${COMMON.alertKey}`,
    ALERT_WEBHOOK_SECRET: 'canary-alert-webhook-secret-00000000',
  };
  router = await startRouter({ processes: 'apart', env });
  await router.control('PUT', '/crm/secrets', { secrets: [COMMON.webhookSecret] });
}, 120_000);
afterAll(async () => {
  await router?.close();
  await alerts?.close();
});

const SCRIPTS = { whatsapp: createWhatsAppScript, telegram: createTelegramScript };

describe.each(Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[])('on %s', (channel) => {
  let script: SecrecyScript;
  let stage: Stage;
  let account: string;
  let asked: string;

  /** Keeps the answer for the search. */
  async function call(method: string, path: string, body?: unknown) {
    const answer = await router.call(method, path, body);
    answers.push({ asked: `${method} ${path}`, body: JSON.stringify(answer.body) });
    return answer;
  }
  const own = (canaries: Canaries) =>
    Object.fromEntries(Object.entries(canaries).map(([name, it]) => [`${channel}.${name}`, it]));
  const fault = (match: object, more: object) =>
    stage.control('PUT', '/faults', [{ match, ...more }]);
  async function send(content: object): Promise<string> {
    const { customer: recipient } = script;
    const { status, body } = await router.call<Accepted>('POST', '/api/v1/messages', {
      ...{ account_id: account, recipient, content },
    });
    expect({ content, status }).toEqual({ content, status: 202 });
    return body.message_id;
  }
  /** The platform's words as it refuses something, with all that it could quote. */
  const quoting = (what: unknown) =>
    `${COMMON.platformWords}: ${JSON.stringify(what)} ${script.customer} ${script.canaries['token']}`;

  beforeAll(async () => {
    stage = {
      router,
      control: (method, path, body) => router.control(method, `/${channel}${path}`, body),
    };
    script = SCRIPTS[channel](stage);
    const created = await call('POST', '/api/v1/accounts', {
      ...{ channel, ...(await script.introduce()), webhook_secret: COMMON.webhookSecret },
      crm_webhook_url: `${router.sandbox.url}/crm/webhooks?key=${COMMON.urlKey}`,
    });
    expect(created.status).toBe(201);
    // The account shows its ids on the platform to its administrator, and nothing else.
    answers.pop();
    account = String(created.body['account_id']);
    Object.assign(private_, own(script.canaries));
  });

  it('private things go their way in and out', async () => {
    await script.happen();
    const first = await eventWith(stage, `"text":"${script.canaries['text']}"`);
    asked = String(first.data.message_id);
    for (const content of script.contents(asked))
      await router.untilStatus(await send(content), 'sent');
    const answer = { type: 'text', text: script.canaries['quotingText'] };
    const { body } = await router.call<Accepted>('POST', '/api/v1/messages', {
      ...{ account_id: account, recipient: script.customer, content: answer, reply_to: asked },
    });
    await router.untilStatus(body.message_id, 'sent');
    await script.press?.();
  });

  it('are quoted by a platform that refuses every kind of message', async () => {
    for (const content of [...script.contents(asked), ...script.refusedContents(asked)]) {
      await fault(script.calls.send, script.refusal(400, quoting(content)));
      const id = await send(content);
      await router.untilStatus(id, 'failed');
      await call('GET', `/api/v1/messages/${id}/status`);
    }
    await fault(script.calls.send, { status: 502, body: quoting('an edge') });
    await send({ type: 'text', text: `${script.canaries['text']} unknown` });
    await until('the fault was met', async () => {
      const { faults } = await stage.control<{ faults: object[] }>('GET', '/faults');
      return faults.length === 0;
    });
  });

  it('are quoted by a CRM that refuses a webhook', async () => {
    const text = `${script.canaries['text']} for a CRM`;
    const body = `${COMMON.crmWords} ${text} ${script.customer} ${script.canaries['name']}`;
    await router.control('PUT', '/crm/faults', [
      { match: { body: text }, status: 500, body },
      { match: { body: text }, status: 400, body, times: null },
    ]);
    await script.write(text);
    const letters = `/api/v1/admin/dlq/webhooks?account_id=${account}`;
    await until(
      'it is given up',
      async () => {
        const found = await router.call<{ data: object[] }>('GET', letters);
        return found.body.data.length > 0;
      },
      20_000,
    );
    await call('GET', letters);
    await router.control('PUT', '/crm/faults', []);
  });

  it('are in files that cannot be fetched', async () => {
    const event = await eventWith(stage, script.canaries['fileName'] ?? '');
    const path = `/api/v1/messages/${event.data.message_id}/attachments/0`;
    const mediaId = event.data.attachments?.[0]?.media_id ?? '';
    private_[`${channel}.receivedMediaId`] = mediaId;
    expect((await router.call('GET', path)).status).toBe(200);
    const { fileInfo, file } = script.calls;
    for (const status of [400, 404, 500]) {
      await fault(fileInfo, script.refusal(status, quoting(mediaId)));
      expect((await call('GET', path)).status).toBeGreaterThanOrEqual(400);
      const answer = { status, body: quoting(mediaId), times: 2 };
      await fault(file, answer);
      expect((await call('GET', path)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('come with credentials that are refused', async () => {
    await fault(script.calls.send, script.refusal(401, quoting('the credentials')));
    const id = await send({ type: 'text', text: `${script.canaries['text']} paused` });
    const accounts = `/api/v1/accounts/${account}`;
    await until('the account is paused', async () => {
      const { body } = await router.call('GET', accounts);
      return body['paused_at'] !== null;
    });
    const member = channel === 'telegram' ? 'bot_token' : 'access_token';
    const wrong =
      channel === 'telegram'
        ? `${script.canaries['botId']}:${COMMON.wrongToken}`
        : COMMON.wrongToken;
    expect((await call('PUT', accounts, { [member]: wrong })).status).toBe(400);
    const token = script.canaries['token'];
    expect((await router.call('PUT', accounts, { [member]: token })).status).toBe(200);
    await router.untilStatus(id, 'sent');
  });

  it('come in webhooks that are not signed', async () => {
    const mode = channel === 'telegram' ? 'bad-secret' : 'bad-signature';
    await stage.control('POST', '/webhooks', { mode, count: 1 });
    await script.write(script.canaries['text'] ?? '');
    if (channel !== 'telegram') return;
    const credentials = { bot_token: script.canaries['token'] ?? '' };
    private_['telegram.webhookSecret'] = webhookSecret({ id: account, credentials });
  });
});

describe('none of it', () => {
  it('is in an answer to those who may not see it', () => {
    const found = answers.map(({ asked, body }) => ({
      asked,
      leaked: leakedOf(private_, body).filter((name) => name !== 'platformWords'),
    }));
    expect(found.filter(({ leaked }) => leaked.length > 0)).toEqual([]);
    // So that the search is one of answers that say why.
    expect(answers.map(({ body }) => body).join('')).toContain(COMMON.platformWords);
  });

  it('is in an alert, or shown to operators', async () => {
    await until(
      'operators hear of both',
      () => {
        const causes = alerts.got().join('\n');
        return causes.includes('account_paused') && causes.includes('dead_letter');
      },
      20_000,
    );
    expect(leakedOf(private_, alerts.got().join('\n'))).toEqual([]);
    const shown = await shownToOperators(router);
    expect(shown).toContain('account_paused');
    expect(shown).toContain('likely_cause');
    expect(leakedOf(private_, shown)).toEqual([]);
  });

  it('is in what the processes wrote', async () => {
    const output = await finalOutput(router);
    for (const words of [
      '"channel":"whatsapp"',
      '"channel":"telegram"',
      'webhook attempted',
      '"outcome":"refused"',
    ])
      expect({ words, found: output.includes(words) }).toEqual({ words, found: true });
    expect(leakedOf({ ...private_, ...secretSettings(router) }, output)).toEqual([]);
    for (const line of output.trimEnd().split('\n'))
      expect(Object.keys(JSON.parse(line))).toContain('level');
  });

  it('is in Temporal', async () => {
    const records = await temporalRecords(router.temporal);
    for (const { workflowId, bytes } of records)
      expect({ workflowId, leaked: leakedOf(private_, bytes) }).toEqual({ workflowId, leaked: [] });
    const types = records.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['conversation', 'sendMessage', 'deadLetter']));
  });

  it('was lost on its way to where it belongs', async () => {
    const sides = ['crm', ...Object.keys(SCRIPTS)];
    const seen = await Promise.all(sides.map((side) => router.control('GET', `/${side}/received`)));
    const arrived = leakedOf(private_, JSON.stringify(seen));
    const lost = Object.keys(private_).filter((name) => !arrived.includes(name));
    // Words of faults, what the sandbox never shows, and what a CRM is not told.
    const elsewhere = /oken|Secret$|^alertKey$|^crmWords$|writtenPhone$|appText$/;
    expect(lost.filter((name) => !elsewhere.test(name))).toEqual([]);
  });
});
