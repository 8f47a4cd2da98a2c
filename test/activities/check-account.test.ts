import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCheckAccountActivities } from '../../src/activities/check-account.ts';
import {
  ChannelError,
  type ChannelErrorKind,
  type Channel,
  type ChannelAccount,
} from '../../src/channels/channel.ts';
import {
  accepted,
  aChannel,
  aLog,
  anAccount,
  outcome,
  someChannels,
  tryOnce,
} from '../support/builders.ts';
import { eventsOf, openTestStores, type TestStores } from '../support/database.ts';

const DAY_MS = 86_400_000;

describe('the activity that checks an account', () => {
  let db: TestStores;
  let account: { id: string };
  let log: ReturnType<typeof aLog>;
  let refreshed: ChannelAccount[];
  beforeAll(async () => void (db = await openTestStores()));
  beforeEach(async () => {
    account = await anAccount(db.stores, { credentials: { access_token: 'canary-token' } });
    log = aLog();
    refreshed = [];
  });
  afterAll(() => db.close());

  const well = async () => ({ healthy: true, facts: { quality_rating: 'GREEN' } });
  const fails = (kind: ChannelErrorKind) => async () => {
    throw new ChannelError(kind, `code-${kind}`, 'the platform’s words');
  };
  const renew = (expiresInDays: number) => async (given: ChannelAccount) => {
    refreshed.push(given);
    return {
      credentials: { access_token: 'newer-token' },
      expiresAt: Date.now() + expiresInDays * DAY_MS,
    };
  };

  function check(given: Partial<Channel> = {}) {
    const { checkAccount } = createCheckAccountActivities({
      accountHealth: db.stores.accountHealth,
      channels: someChannels(aChannel({ name: 'instagram', checkAccount: well, ...given })),
      kick: () => undefined,
      logger: log,
    });
    return checkAccount({ accountId: account.id });
  }

  /** The credentials are so many days old, and end in so many. */
  const setTimes = (ageDays: number, leftDays: number | null) =>
    db.rows(
      `update accounts set credentials_set_at = now() - $2 * interval '1 day',
              credentials_expire_at = now() + $3 * interval '1 day' where id = $1`,
      account.id,
      ageDays,
      leftDays,
    );
  const health = async () => {
    const view = await db.stores.accountHealth.find(account.id);
    if (!view) throw new Error('no such account');
    return view;
  };
  const opened = async () => (await db.stores.accountHealth.open(account.id))!;
  const alerts = async () => {
    const rows = await db.rows<{ cause: string }>(
      'select cause from alerts where account_id = $1 and resolved_at is null order by cause',
      account.id,
    );
    return rows.map(({ cause }) => cause);
  };
  const told = async () =>
    (await eventsOf(db, account.id)).map(({ type, data }) => ({ type, data }));

  it('keeps what the platform says of it, and when', async () => {
    await db.rows('update accounts set checked_at = null, health = null where id = $1', account.id);
    expect(await health()).toMatchObject({ status: 'unknown', checkedAt: null, facts: {} });
    await check();
    expect(await health()).toMatchObject({
      status: 'healthy',
      checkedAt: expect.any(Date),
      facts: { quality_rating: 'GREEN' },
      lastError: null,
      expiresAt: null,
      daysLeft: null,
    });
    await check({ checkAccount: async () => ({ healthy: false, facts: { status: 'FLAGGED' } }) });
    expect(await health()).toMatchObject({ status: 'degraded', facts: { status: 'FLAGGED' } });
  });

  it.each(['unreachable', 'throttled', 'refused'] as const)(
    'pauses nothing because the platform is %s',
    async (kind) => {
      await check({ checkAccount: fails(kind) });
      expect(await health()).toMatchObject({
        status: 'degraded',
        lastError: { class: kind, code: `code-${kind}` },
      });
      expect(await alerts()).toEqual([]);
      expect(await told()).toEqual([]);
    },
  );

  it('pauses it, once, when the platform refuses the credentials', async () => {
    await check({ checkAccount: fails('unauthorized') });
    await check({ checkAccount: fails('unauthorized') });
    expect(await health()).toMatchObject({
      status: 'paused',
      lastError: { class: 'unauthorized', code: 'code-unauthorized' },
    });
    expect(await alerts()).toEqual(['account_paused']);
    expect(await told()).toEqual([
      {
        type: 'account.paused',
        data: {
          account_id: account.id,
          reason: 'code-unauthorized',
          detail: 'the platform’s words',
        },
      },
    ]);
    // A check that goes well again does not lift what a person is to look at.
    await check();
    expect(await health()).toMatchObject({ status: 'paused' });
  });

  it('pauses nothing that got new credentials while the old ones were refused', async () => {
    await check({
      async checkAccount() {
        const credentials = { access_token: 'from-the-administrator' };
        await db.stores.accounts.update(account.id, { credentials }, 'test');
        return fails('unauthorized')();
      },
    });
    expect(await health()).toMatchObject({ status: 'healthy', lastError: null });
    expect(await told()).toEqual([]);
  });

  describe('renews the credentials', () => {
    it('daily when less than 30 days are left, and lifts no pause by it', async () => {
      await setTimes(31, 29);
      await check({ checkAccount: fails('unauthorized'), refreshCredentials: renew(60) });
      expect(refreshed).toEqual([]);
      const { credentialVersion } = await opened();
      await check({ refreshCredentials: renew(60) });
      expect(refreshed.map((each) => each.credentials)).toEqual([{ access_token: 'canary-token' }]);
      const now = await opened();
      expect(now.account.credentials).toEqual({ access_token: 'newer-token' });
      expect(now.credentialVersion).toBe(credentialVersion + 1);
      expect(await health()).toMatchObject({ status: 'paused', daysLeft: 60 });
      await check({ refreshCredentials: renew(60) });
      expect(refreshed).toHaveLength(1);
    });

    it.each([
      ['30 days are left', 10, 30.5],
      ['they are younger than a day', 0.9, 10],
    ])('not while %s', async (_, age, left) => {
      await setTimes(age, left);
      await check({ refreshCredentials: renew(60) });
      expect(refreshed).toEqual([]);
    });

    it('once after a day where nobody knows when they end, to learn it', async () => {
      await check({ refreshCredentials: renew(60) });
      expect(refreshed).toEqual([]);
      await setTimes(1.1, null);
      await check({ refreshCredentials: renew(60) });
      expect(await health()).toMatchObject({ daysLeft: 60 });
      await check({ refreshCredentials: renew(60) });
      expect(refreshed).toHaveLength(1);
    });

    it('and keeps those that an administrator set meanwhile', async () => {
      await setTimes(31, 20);
      await check({
        async refreshCredentials(given) {
          const credentials = { access_token: 'from-the-administrator' };
          await db.stores.accounts.update(account.id, { credentials }, 'test');
          return renew(60)(given);
        },
      });
      expect((await opened()).account.credentials).toEqual({
        access_token: 'from-the-administrator',
      });
    });

    it('and tells somebody when it fails for the second time in a row', async () => {
      await setTimes(31, 20);
      await check({ refreshCredentials: fails('refused') });
      expect(await alerts()).toEqual([]);
      await check({ refreshCredentials: fails('unauthorized') });
      expect(await alerts()).toEqual(['token_refresh_failed']);
      expect(await health()).toMatchObject({ status: 'healthy' });
      await check({ refreshCredentials: renew(60) });
      expect(await alerts()).toEqual([]);
    });

    it('without a failure where the platform says that it is too early', async () => {
      await setTimes(31, 20);
      for (let at = 0; at < 3; at += 1) await check({ refreshCredentials: async () => null });
      expect(await alerts()).toEqual([]);
    });
  });

  describe('warns of the end of the credentials', () => {
    it('14, 7 and 1 days before, once each, and pauses at the end', async () => {
      for (const left of [14.5, 13.5, 13, 6.5, 6, 0.5, 0.4]) {
        await setTimes(40, left);
        await check();
      }
      expect(await told()).toMatchObject(
        [14, 7, 1].map((days_left) => ({
          type: 'account.token_expiring',
          data: { account_id: account.id, days_left, expires_at: expect.any(String) },
        })),
      );
      expect(await alerts()).toEqual(['token_expiring']);
      expect(await health()).toMatchObject({ status: 'degraded', daysLeft: 1 });
      await setTimes(41, -0.1);
      await check({ checkAccount: () => Promise.reject(new Error('nobody is to be asked')) });
      await check();
      expect(await health()).toMatchObject({
        status: 'paused',
        daysLeft: 0,
        lastError: { class: 'unauthorized', code: 'credentials_expired' },
      });
      expect((await told()).at(-1)).toMatchObject({
        type: 'account.paused',
        data: { reason: 'credentials_expired' },
      });
      expect(await told()).toHaveLength(4);
    });

    it('not where they are renewed in the same breath, and anew with the next ones', async () => {
      await setTimes(50, 10);
      await check({ refreshCredentials: renew(60) });
      expect(await told()).toEqual([]);
      await setTimes(50, 10);
      await check();
      await db.stores.accounts.update(
        account.id,
        { credentials: { access_token: 'next' }, credentialsExpireAt: Date.now() + 13 * DAY_MS },
        'test',
      );
      expect(await alerts()).toEqual([]);
      await check();
      expect(await told()).toMatchObject([
        { type: 'account.token_expiring', data: { days_left: 10 } },
        { type: 'account.token_expiring', data: { days_left: 13 } },
      ]);
    });
  });

  it('shows what waits to be sent, and for how long', async () => {
    const { messageId } = await accepted(db.stores, account.id, { recipientId: 'c-1' });
    await accepted(db.stores, account.id, { recipientId: 'c-1' });
    await accepted(db.stores, account.id, { recipientId: 'c-2' });
    await db.rows(
      `update messages set created_at = now() - interval '90 seconds' where id = $1`,
      messageId,
    );
    const view = await health();
    expect(view.waitingMessages).toBe(3);
    expect(view.oldestWaitingSeconds).toBeGreaterThanOrEqual(90);
    await tryOnce(db.stores, messageId, outcome.sent());
    expect((await health()).waitingMessages).toBe(2);
    await db.stores.accounts.update(account.id, { enabled: false, crmWebhookUrl: null }, 'test');
    expect(await health()).toMatchObject({ status: 'disabled', webhookState: 'disabled' });
  });

  it('lists channels, and their accounts page by page', async () => {
    const { listCheckedChannels, listCheckedAccounts } = createCheckAccountActivities({
      accountHealth: db.stores.accountHealth,
      channels: someChannels(),
      kick: () => undefined,
      logger: log,
    });
    const ids: string[] = [];
    for (let at = 0; at < 60; at += 1)
      ids.push((await anAccount(db.stores, { channel: 'telegram' })).id);
    await db.stores.accounts.remove(ids.pop() ?? '', 'test');
    expect(await listCheckedChannels()).toEqual(['instagram', 'telegram']);
    const first = await listCheckedAccounts({ channel: 'telegram', after: null });
    expect(first).toEqual({ accountIds: ids.toSorted().slice(0, 50), more: true });
    const second = await listCheckedAccounts({
      channel: 'telegram',
      after: first.accountIds.at(-1) ?? null,
    });
    expect(second).toEqual({ accountIds: ids.toSorted().slice(50), more: false });
  });

  it('says nothing of the credentials in the log', async () => {
    await setTimes(31, 20);
    await check({ refreshCredentials: fails('unauthorized') });
    await check({ refreshCredentials: renew(60) });
    expect(log.lines.map(({ message }) => message)).toEqual([
      'account checked',
      'credentials could not be renewed',
      'account checked',
      'credentials renewed',
    ]);
    expect(JSON.stringify(log.lines)).not.toMatch(/canary|newer-token|words/);
  });
});
