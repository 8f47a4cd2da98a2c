import * as actions from './actions.ts';
import { reopenEndpoint, replayEvent } from './deliveries.ts';
import { accept } from './model.ts';
import { receive } from './receiving.ts';
import type { Message } from './rows.ts';
import type { World } from './world.ts';

/** What people and customers do in a run, and what goes wrong with whole parts of the system. */

/** So long things go wrong. */
export const BUSY_MS = 300_000;

/** Somebody outside asks the API for something, and asks again until it is answered. */
export function insist(
  world: World,
  delayMs: number,
  work: () => void,
  given: { laneId?: string; answered?: () => void } = {},
): void {
  const { clock, api } = world;
  let answered = false;
  const ask = () => {
    if (answered) return;
    if (api.alive)
      clock.spawn(api, world.transact(api, work, given.laneId), (_result, error) => {
        if (error !== undefined || answered) return;
        answered = true;
        given.answered?.();
      });
    clock.after(clock.between(4_000, 10_000), ask);
  };
  clock.after(delayMs, ask);
}

/** The CRM writes, customers write, people cancel, resend, confirm and replay. */
export function planTraffic(world: World): void {
  const { clock, rows } = world;
  for (const conversationId of ['one', 'two']) {
    const burstMs = clock.between(0, 120_000);
    for (let count = clock.between(2, 7); count > 0; count -= 1) {
      const id = world.newId('message');
      const texts = clock.chance(0.2) ? [`${id} a`, `${id} b`] : [id];
      const delayMs = clock.chance(0.5) ? burstMs : clock.between(0, 200_000);
      insist(world, delayMs, () => accept(rows, { id, conversationId, texts }), {
        laneId: conversationId,
        answered: () => world.accepted.push(id),
      });
    }
    for (let count = clock.between(0, 4); count > 0; count -= 1) {
      const key = world.newId('customer');
      const delayMs = clock.between(0, 200_000);
      const atMs = clock.nowMs() + delayMs - clock.between(0, 400);
      const event = { kind: 'message', key, conversationId, platformId: key, atMs } as const;
      insist(world, delayMs, () => receive(rows, event), { answered: () => world.told.push(key) });
    }
  }
  for (let count = clock.between(0, 8); count > 0; count -= 1)
    insist(world, clock.between(0, BUSY_MS), () => intervene(world));
}

/** A person does something to a message or to a dead event. */
function intervene(world: World): void {
  const { clock, rows, platform } = world;
  const message = clock.pick<Message | undefined>([...rows.messages.values()]);
  const dead = rows.events.find(({ state }) => state === 'dead');
  if (dead && clock.random() < 0.3) return replayEvent(rows, dead);
  if (!message) return;
  // People take their time: a call that may still arrive is not decided upon.
  const newest = message.attempts.at(-1)?.startedAtMs ?? 0;
  if (message.status !== 'unconfirmed' && message.status !== 'failed')
    return actions.cancel(rows, message);
  if (newest > clock.nowMs() - 35_000) return;
  const has = (part: number) =>
    platform.arrivals.some((each) => each.messageId === message.id && each.part === part);
  const seen = message.parts.every(({ sentAtMs }, index) => sentAtMs !== null || has(index + 1));
  if (!seen || clock.random() < 0.5) return actions.resend(rows, message);
  for (const part of actions.confirm(rows, message)) world.vouched.add(`${message.id}/${part}`);
}

/** Everything that goes wrong beside the hazards of single steps. */
export function planFaults(world: World, temporalLoses: boolean): void {
  const { clock, temporal, crm, platform, rows } = world;
  const sometimes = (probability: number, apply: () => void) => {
    if (clock.random() < probability) clock.after(clock.between(0, BUSY_MS), apply);
  };
  sometimes(0.3, () => clock.freeze(temporal.process, clock.between(5_000, 60_000)));
  sometimes(0.25, () => {
    world.databaseFrozenUntilMs = clock.nowMs() + clock.between(1_000, 45_000);
  });
  sometimes(0.4, () => (crm.downUntilMs = clock.nowMs() + clock.between(10_000, 200_000)));
  sometimes(0.2, () => (platform.revokedVersion = rows.account.credentialVersion));
  for (let count = 0; count < 4; count += 1)
    sometimes(0.3, () => insist(world, 0, () => repairEndpoint(world)));
  sometimes(0.2, () => insist(world, 30_000, () => actions.renewToken(rows)));
  if (!temporalLoses) return;
  sometimes(0.15, () => temporal.lose());
  for (let count = 0; count < 3; count += 1)
    sometimes(0.3, () => {
      const running = [...temporal.workflows.values()].filter((each) => each.running);
      if (running.length > 0) temporal.terminate(clock.pick(running).id);
    });
}

function repairEndpoint({ rows }: World): void {
  if (rows.endpoint.disabled) reopenEndpoint(rows);
}

/** Once all is calm, people put right what only people can. */
export function repair(world: World): void {
  const { rows, clock } = world;
  world.crm.downUntilMs = 0;
  insist(world, 0, () => repairEndpoint(world));
  insist(world, 0, () => {
    if (rows.account.paused) actions.renewToken(rows);
    for (const message of rows.messages.values()) {
      const newest = message.attempts.at(-1)?.startedAtMs ?? 0;
      const isHeld = message.status === 'unconfirmed' && message.resolvedAtMs === null;
      if (isHeld && rows.onUnknown === 'hold' && newest < clock.nowMs() - 35_000)
        actions.resend(rows, message);
    }
  });
}
