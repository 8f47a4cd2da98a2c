import { createServer } from 'node:http';
import { checkWritable } from '../database/check-writable.ts';
import type { Parts } from '../parts.ts';
import type { RunningWorker } from './main.ts';

/** `/health`, `/health/live` and `/health/ready` of a worker that runs alone. */
export async function startHealthServer(
  { config, database, temporal }: Parts,
  worker: Pick<RunningWorker, 'isPolling'>,
): Promise<{ close(): Promise<void> }> {
  async function components(): Promise<Record<string, 'UP' | 'DOWN'>> {
    const [postgresql, server] = await Promise.allSettled([
      checkWritable(database),
      temporal.check(),
    ]);
    return {
      postgresql: postgresql.status === 'fulfilled' ? 'UP' : 'DOWN',
      temporal: server.status === 'fulfilled' ? 'UP' : 'DOWN',
      worker: worker.isPolling() ? 'UP' : 'DOWN',
    };
  }

  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/health/live') return answer(200, { status: 'UP' });
    if (request.url !== '/health' && request.url !== '/health/ready')
      return answer(404, {
        status: 'DOWN',
        detail: 'There is /health, /health/live, /health/ready.',
      });
    const parts = await components();
    const up = Object.values(parts).every((status) => status === 'UP');
    const status = up ? 'UP' : 'DOWN';
    return answer(request.url === '/health' || up ? 200 : 503, { status, components: parts });
  });
  await new Promise<void>((resolve, reject) => {
    const { WORKER_HEALTH_PORT: port, HOST: host } = config;
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`WORKER_HEALTH_PORT: ${port} on ${host} is in use; set it to a free one`)
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
