import { setTimeout as pause } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';

type Fault = { name: string; inject(stage: Stage): Promise<void> };

/** What comes down while a person decides. */
const FAULTS: Fault[] = [
  { name: 'api', inject: ({ api }) => api.end('SIGKILL').then(() => api.start()) },
  { name: 'worker', inject: ({ worker }) => worker.end('SIGKILL').then(() => worker.start()) },
  {
    name: 'postgres',
    async inject({ services: { postgres } }) {
      await postgres.crash();
      await pause(1_000);
      await postgres.start();
    },
  },
];

/**
 * In every round three conversations: in one a message that may have arrived is sent again, in one a
 * message that has arrived is confirmed, in one a message that waits behind another is cancelled.
 */
export const decisions: Scenario = {
  name: 'decisions',
  title: 'resend, confirm and cancel while API, worker or PostgreSQL come down',
  env: { EVIDENCE_WAIT: '1' },
  allowsUnconfirmed: true,
  async run(stage) {
    const rounds = stage.quick ? FAULTS.length : 5 * FAULTS.length;
    // Without an echo nobody can know of an unknown outcome: it is left to a person.
    await stage.onPlatform('PUT', '/settings', { echo: false });
    for (let round = 0; round < rounds; round += 1) {
      const fault = FAULTS[round % FAULTS.length];
      if (fault) await play(stage, round, fault);
    }
    return rounds;
  },
};

async function play(stage: Stage, round: number, fault: Fault): Promise<void> {
  const { driver } = stage;
  await stage.onPlatform('PUT', '/faults', [
    { match: { body: `resend ${round}.` }, mode: round % 2 === 0 ? 'drop' : 'apply-then-drop' },
    { match: { body: `confirm ${round}.` }, mode: 'apply-then-drop' },
    { match: { body: `holds ${round}.` }, status: 429, headers: { 'retry-after': '6' } },
  ]);
  const lane = (name: string) => `${name}-${round}`;
  const resent = await driver.send(lane('resend'), `resend ${round}.`);
  const confirmed = await driver.send(lane('confirm'), `confirm ${round}.`);
  for (const id of [resent, confirmed])
    await until(`${id} is left to a person`, 60_000, () => isGivenUp(stage, id));
  const holding = await driver.send(lane('cancel'), `holds ${round}.`);
  const may = ['failed', 'sent'];
  const cancelled = await driver.send(lane('cancel'), `cancel ${round}.`, { may });
  await until('the first one waits', 60_000, async () => (await lookAt(stage, holding)).waits);

  const deciding = Promise.all([
    driver.act(resent, 'resend', { once: fault.name === 'api' }),
    driver.act(confirmed, 'confirm'),
    driver.act(cancelled, 'cancel'),
  ]);
  await fault.inject(stage);
  const [, confirming, cancelling] = await deciding;
  if (confirming === 'refused') stage.finding(`${confirmed} could not be confirmed`);
  for (const name of ['resend', 'confirm', 'cancel'])
    await driver.send(lane(name), `after ${name} ${round}`);
  await until(`${resent} is sent`, 120_000, () => sentInTheEnd(stage, resent));
  const { status } = await lookAt(stage, confirmed);
  if (status !== 'sent') stage.finding(`${confirmed} was confirmed and is ${status}`);
  await judgeCancelled(stage, cancelled, cancelling);
}

type Look = { status: string; waits: boolean };

async function lookAt(stage: Stage, id: string): Promise<Look> {
  type Status = { status: string; wait_reason: string | null };
  const { body } = await stage.call<Status>('GET', `/api/v1/messages/${id}/status`);
  return { status: body.status, waits: body.wait_reason === 'throttled' };
}

/** From the dead letter on nothing is awaited any more. */
async function isGivenUp(stage: Stage, id: string): Promise<boolean> {
  const path = `/api/v1/admin/dlq/messages?state=open&limit=100`;
  const { body } = await stage.call<{ data: { subject_id: string }[] }>('GET', path);
  return body.data.some((letter) => letter.subject_id === id);
}

/** A worker that dies with the second call leaves the same question: it is decided the same way. */
async function sentInTheEnd(stage: Stage, id: string): Promise<boolean> {
  const { status } = await lookAt(stage, id);
  if (status === 'unconfirmed' && (await isGivenUp(stage, id)))
    await stage.driver.act(id, 'resend');
  return status === 'sent';
}

async function judgeCancelled(stage: Stage, id: string, said: string): Promise<void> {
  await until(`${id} is resolved`, 60_000, async () => {
    const { status } = await lookAt(stage, id);
    return status === 'failed' || status === 'sent';
  });
  const { status } = await lookAt(stage, id);
  const wanted = { done: 'failed', refused: 'sent' }[said];
  if (wanted !== undefined && status !== wanted)
    stage.finding(`${id}: to cancel it was ${said}, and it is ${status}`);
}
