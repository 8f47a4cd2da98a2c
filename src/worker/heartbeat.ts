import { randomUUID } from 'node:crypto';
import { connectorPrefix, type HeartbeatStore, WORKERS } from '../database/heartbeat-store.ts';
import { createRepeater, type Repeater } from '../dispatcher/repeater.ts';
import { errorClass, type Logger } from '../logger.ts';

export type WorkerHeartbeatDeps = {
  heartbeats: Pick<HeartbeatStore, 'beat'>;
  logger: Logger;
  isPolling(): boolean;
  channels: string[];
  /** The router's own queues are somebody else's. */
  connectorsOnly: boolean;
  everyMs?: number;
};

/**
 * Says again and again what this process serves, while it polls. One name for each: a connector that
 * runs alone must not pass for a worker that runs the workflows, nor for another channel's.
 */
export function createWorkerHeartbeat(deps: WorkerHeartbeatDeps): Repeater {
  const id = randomUUID();
  const names = [
    ...(deps.connectorsOnly ? [] : [WORKERS]),
    ...deps.channels.map((channel) => connectorPrefix(channel)),
  ].map((prefix) => prefix + id);
  return createRepeater(deps.everyMs ?? 5_000, async () => {
    if (!deps.isPolling()) return;
    await deps.heartbeats
      .beat(...names)
      .catch((error) => deps.logger.warn('no heartbeat could be written', errorClass(error)));
  });
}
