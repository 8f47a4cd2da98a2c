import { afterEach, describe, expect, it } from '@jest/globals';
import type { AlertNotice, AlertStore } from '../../src/database/alert-store.ts';
import { createAlertSender } from '../../src/dispatcher/alert-sender.ts';
import type { Repeater } from '../../src/dispatcher/repeater.ts';
import { aLog } from '../support/builders.ts';
import { until } from '../support/database.ts';

let sender: Repeater | undefined;
afterEach(() => sender?.stop());

const AT = new Date('2026-11-21T09:30:00.000Z');
const notice: AlertNotice = {
  id: 'alert_1',
  cause: 'channel_silent',
  accountId: null,
  channel: 'telegram',
  codes: {},
  firstAt: AT,
  lastAt: AT,
  count: 1,
  resolvedAt: null,
  workflowIds: [],
  state: 'raised',
};

type Posted = { text: string; account_id: string | null; channel: string | null };

/** Looks again and again; what it has posted. */
function start(alerts: Partial<AlertStore>, workerMs: number): Posted[] {
  const posted: Posted[] = [];
  sender = createAlertSender({
    alerts: {
      list: async () => ({ items: [], nextCursor: null }),
      evaluate: async () => undefined,
      notify: async () => 0,
      ...alerts,
    },
    sender: {
      async post({ body }) {
        posted.push(JSON.parse(body) as Posted);
        throw new Error('nobody is there');
      },
    },
    target: { url: 'https://ops.example/alerts', secret: undefined },
    logger: aLog(),
    everyMs: 1,
    thresholds: { workerMs },
  });
  sender.start();
  return posted;
}

describe('the sender of alerts', () => {
  it('names the channel that an alert is about', async () => {
    const posted = start({ notify: async (send) => Number(await send(notice)) }, 0);
    await until(async () => posted.length > 0);
    expect(posted[0]).toMatchObject({ account_id: null, channel: 'telegram' });
    expect(posted[0]?.text).toContain('no worker serves the accounts on telegram (raised, 1×)');
  });

  it('judges no silence while workers may not have had the time to say that they live', async () => {
    const looks: boolean[] = [];
    const evaluate: AlertStore['evaluate'] = async (_, options) =>
      void looks.push(options?.starting === true);
    start({ evaluate }, 400);
    await until(async () => looks.includes(false));
    expect(looks[0]).toBe(true);
  });

  it('gives them that time again after a database that could not be asked', async () => {
    const looks: (boolean | 'failed')[] = [];
    let fails = false;
    const evaluate: AlertStore['evaluate'] = async (_, options) => {
      looks.push(fails ? 'failed' : options?.starting === true);
      if (fails) throw new Error('no answer');
    };
    start({ evaluate }, 400);
    await until(async () => looks.includes(false));
    fails = true;
    await until(async () => looks.includes('failed'));
    fails = false;
    await until(async () => looks.at(-1) !== 'failed');
    expect(looks[looks.lastIndexOf('failed') + 1]).toBe(true);
  });
});
