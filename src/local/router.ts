import { startApi } from '../api/main.ts';
import type { ChannelRegistry } from '../channels/channel.ts';
import type { Config } from '../config.ts';
import { openParts } from '../parts.ts';
import { startWorker } from '../worker/main.ts';

/** API and worker in this process, over one pool and one dispatcher. `url` is the API's address. */
export type LocalRouter = { url: string; close(): Promise<void> };

/** Starts both; what was started is closed again when something fails. */
export async function startRouter(
  config: Config,
  channels?: ChannelRegistry,
): Promise<LocalRouter> {
  const parts = await openParts(config, 'chat4all', { channels });
  const closers: (() => Promise<void>)[] = [() => parts.close()];
  const close = async () => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    const worker = await startWorker(parts);
    closers.push(() => worker.close());
    const api = await startApi(parts);
    closers.push(() => api.close());
    return { url: api.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
