import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkAccountsWorkflowId,
  checkChannelWorkflowId,
  ROUTER_QUEUE,
} from '../../src/workflows/contract.ts';
import type { checkAccounts } from '../../src/workflows/index.ts';
import { type Lab, openLab, storyOf } from './workflow-lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 120_000);
afterAll(() => lab?.close());

/** Ids by channel. */
let accounts: Record<string, string[]>;
let checked: string[];

beforeEach(() => {
  accounts = {};
  checked = [];
  lab.activities = {
    listCheckedChannels: async () => Object.keys(accounts),
    async listCheckedAccounts({ channel, after }) {
      const ids = (accounts[channel] ?? []).filter((id) => after === null || id > after);
      return { accountIds: ids.slice(0, 3), more: ids.length > 3 };
    },
    checkAccount: async ({ accountId }) => void checked.push(accountId),
  };
});

/** As the schedule does it. */
const start = () =>
  lab.client.workflow.start<typeof checkAccounts>('checkAccounts', {
    workflowId: `${checkAccountsWorkflowId}-${randomUUID()}`,
    taskQueue: ROUTER_QUEUE,
    args: [],
  });

const ids = (count: number) =>
  Array.from({ length: count }, (_, at) => `acc_${String(at).padStart(3, '0')}`);

describe('the workflow that checks all accounts', () => {
  it('looks at each account of each page once, with words for every step', async () => {
    accounts = { instagram: ids(7) };
    const handle = await start();
    await handle.result();
    expect(checked.toSorted()).toEqual(ids(7));
    expect(await storyOf(handle)).toEqual([
      'activity listCheckedChannels "look which accounts there are"',
    ]);
    const child = lab.client.workflow.getHandle(checkChannelWorkflowId('instagram'));
    const story = await storyOf(child);
    expect(story).toHaveLength(3 + 7);
    expect(new Set(story)).toEqual(
      new Set([
        'activity listCheckedAccounts "look which accounts there are"',
        'activity checkAccount "check an account on instagram"',
      ]),
    );
  });

  it('has nothing to do without accounts', async () => {
    await (await start()).result();
    expect(checked).toEqual([]);
  });

  it('goes on with the others when the check of one fails again and again', async () => {
    accounts = { instagram: ids(5) };
    let tries = 0;
    lab.activities.checkAccount = async ({ accountId }) => {
      if (accountId !== 'acc_001') return void checked.push(accountId);
      tries += 1;
      throw new Error('the database is away');
    };
    await (await start()).result();
    expect(tries).toBe(3);
    expect(checked).toHaveLength(4);
  });

  it('lets no channel wait for another one', async () => {
    accounts = { telegram: ids(7).map((id) => `${id}_telegram`), instagram: ids(7) };
    const othersDone = Promise.withResolvers<void>();
    lab.activities.checkAccount = async ({ accountId }) => {
      if (accountId.endsWith('telegram')) await othersDone.promise;
      checked.push(accountId);
      if (checked.length === 7) othersDone.resolve();
    };
    await (await start()).result();
    expect(checked.slice(0, 7).toSorted()).toEqual(ids(7));
    expect(checked).toHaveLength(14);
  });
});
