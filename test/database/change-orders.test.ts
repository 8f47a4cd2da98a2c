import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anAccount, anAnswer, aWebhook } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';
import { believed, findEnds, type ToldEvent } from './changes/ends.ts';
import { endOf, schedulesOf, type Schedule, type Step } from './changes/schedule.ts';
import { instagram, telegram, whatsApp, type Wire } from './changes/wire.ts';

/** Conversations of which one webhook tells. */
const TOGETHER = 120;

/**
 * Whatever the order in which a message, its edits, its deletion and the reactions to it arrive, rows,
 * events and the mirror end in the one state that the platform's clock makes, told through the
 * channels' real readers and the real store.
 */
describe('changes in any order', () => {
  let db: TestStores;
  beforeAll(async () => {
    db = await openTestStores({
      CRM_MYSQL_ENABLED: 'true',
      CRM_MYSQL_HOST: 'crm.example',
      CRM_MYSQL_USER: 'crm',
      CRM_MYSQL_PASSWORD: 'crm',
      CRM_MYSQL_DATABASE: 'crm',
    });
  });
  afterAll(() => db.close());

  const register = (wire: Wire) =>
    anAccount(db.stores, {
      channel: wire.channel.name,
      externalId: wire.accountExternalId,
    });
  const receive = (wire: Wire, steps: Step[]) =>
    db.stores.inbound.receive(
      aWebhook(wire.read(steps), {
        channel: wire.channel.name,
        body: Buffer.from(JSON.stringify(steps)),
      }),
    );

  /** Those that come one by one go together with the steps of the same number of others. */
  async function play(wire: Wire, schedules: Schedule[]): Promise<void> {
    const whole = schedules.filter(({ inOneBody }) => inOneBody).flatMap(({ steps }) => steps);
    await receive(wire, whole);
    const single = schedules.filter(({ inOneBody }) => !inOneBody);
    for (let nth = 0; single.some(({ steps }) => nth < steps.length); nth += 1)
      await receive(
        wire,
        single.flatMap(({ steps }) => steps[nth] ?? []),
      );
  }

  it.each([
    { wire: whatsApp(false), first: 100_000, every: 1 },
    { wire: whatsApp(true), first: 200_000, every: 12 },
    { wire: instagram(false), first: 300_000, every: 3 },
    { wire: instagram(true), first: 400_000, every: 12 },
    { wire: telegram(), first: 500_000, every: 1 },
  ])(
    'end in one state: $wire.name',
    async ({ wire, first, every }) => {
      const account = await register(wire);
      const schedules = schedulesOf(wire.acts, first, every);
      for (let from = 0; from < schedules.length; from += TOGETHER)
        await play(wire, schedules.slice(from, from + TOGETHER));
      const found = await findEnds(db, account.id);
      const wrong = schedules.flatMap((schedule) => {
        const end = endOf(schedule, wire.numbered);
        const { row, mirror, told = [] } = found.get(schedule.n) ?? {};
        const ends = { row, crm: believed(told), mirror };
        const expected = { row: end, crm: end, mirror: end.text ?? '[deleted]' };
        const leaks = end.deleted && JSON.stringify(told).includes(` ${schedule.n}`);
        const right = JSON.stringify(ends) === JSON.stringify(expected) && !leaks;
        return right ? [] : [{ order: schedule.steps.map(({ act }) => act).join(' '), ends, end }];
      });
      expect(wrong.slice(0, 3)).toEqual([]);
    },
    120_000,
  );

  it('end in one state before a CRM that is told after each', async () => {
    const wire = whatsApp(false);
    await db.rows('update accounts set deleted_at = now() where channel = $1', 'whatsapp');
    const account = await register(wire);
    const schedules = schedulesOf(wire.acts, 600_000, 24).filter((_, index) => index % 5 === 0);
    for (const schedule of schedules) {
      const posted: ToldEvent[] = [];
      for (const step of schedule.steps) {
        await receive(wire, [step]);
        await deliver(account.id, posted);
      }
      const end = endOf(schedule, []);
      expect(believed(posted)).toEqual(end);
    }
  }, 120_000);

  /** Posts what waits in the newest conversation. */
  async function deliver(accountId: string, posted: ToldEvent[]): Promise<void> {
    const lane = await db.value<string | undefined>(
      `select id from conversations where account_id = $1 order by created_at desc limit 1`,
      accountId,
    );
    for (;;) {
      const next = lane && (await db.stores.deliveries.next(lane, { skipProfile: true }));
      if (!next || next.do !== 'post') return;
      posted.push(JSON.parse(next.event.body) as ToldEvent);
      await db.stores.deliveries.record(next.event, anAnswer(200));
    }
  }
});
