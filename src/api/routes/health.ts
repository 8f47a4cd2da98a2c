import { z } from 'zod';
import { errorClass, type Logger } from '../../logger.ts';
import { defineRoute, type Route } from '../route.ts';

/** One part that this process depends on. */
export type HealthCheck = {
  /** As the answer names it: `postgresql`, `temporal`, `worker`, `channel_telegram`. */
  name: string;
  /** Rejects when the part cannot be used. Cut off after two seconds. */
  check(): Promise<void>;
  /** Without it requests cannot be served, so that `/health/ready` answers 503. */
  required: boolean;
};

const CHECK_TIMEOUT_MS = 2000;

const UpOrDown = z.enum(['UP', 'DOWN']);

const COMPONENTS = `
- \`postgresql\`: without it nothing can be served.
- \`temporal\`: while it is DOWN, messages are accepted and wait.
- \`worker\`: whether a worker runs the workflows; one with \`--channels\` does not count.
- \`channel_<name>\`: DOWN when the channel has an enabled account and no worker serves it.
- \`crm_mysql\`: the CRM's own table; only where the mirror is on.`;

const HealthResponse = z
  .object({
    status: UpOrDown.meta({ description: 'DOWN if a part is that requests cannot do without.' }),
    components: z
      .record(z.string(), z.object({ status: UpOrDown, duration_ms: z.number() }))
      .meta({ description: COMPONENTS }),
  })
  .meta({ id: 'HealthResponse' });

const healthExample = {
  status: 'UP' as const,
  components: {
    postgresql: { status: 'UP' as const, duration_ms: 1.2 },
    temporal: { status: 'UP' as const, duration_ms: 3.4 },
    worker: { status: 'UP' as const, duration_ms: 4.1 },
    channel_instagram: { status: 'UP' as const, duration_ms: 4.3 },
  },
};

const tags = ['Health'];

export function createHealthRoutes(checks: HealthCheck[], logger: Logger): Route[] {
  // These paths need no key: however many ask at once, the parts are asked once.
  const all = shared(() => runChecks(checks, logger));
  const required = shared(() =>
    runChecks(
      checks.filter((each) => each.required),
      logger,
    ),
  );

  const health = defineRoute({
    method: 'get',
    path: '/health',
    operationId: 'getHealth',
    summary: 'See how every part is',
    description: 'Always 200; read `status`. Messages are accepted even while Temporal is DOWN.',
    tags,
    auth: 'public',
    responses: {
      200: { description: 'Looked.', schema: HealthResponse, example: healthExample },
    },
    handle: async () => ({ status: 200, body: await all() }),
  });

  const live = defineRoute({
    method: 'get',
    path: '/health/live',
    operationId: 'getLiveness',
    summary: 'See whether the process runs',
    description: 'Looks at nothing else, so that an outage elsewhere restarts no process.',
    tags,
    auth: 'public',
    responses: {
      200: {
        description: 'It runs.',
        schema: z.object({ status: z.literal('UP') }),
        example: { status: 'UP' },
      },
    },
    handle: () => ({ status: 200, body: { status: 'UP' as const } }),
  });

  const ready = defineRoute({
    method: 'get',
    path: '/health/ready',
    operationId: 'getReadiness',
    summary: 'See whether requests can be served',
    description: '503 while PostgreSQL cannot be reached; for load balancers.',
    tags,
    auth: 'public',
    responses: {
      200: { description: 'They can.', schema: HealthResponse, example: healthExample },
      503: {
        description: 'Not now.',
        schema: HealthResponse,
        example: {
          status: 'DOWN',
          components: { postgresql: { status: 'DOWN', duration_ms: 2000 } },
        },
      },
    },
    async handle() {
      const body = await required();
      return { status: body.status === 'UP' ? 200 : 503, body };
    },
  });

  return [health, live, ready];
}

type Health = z.output<typeof HealthResponse>;

async function runChecks(checks: HealthCheck[], logger: Logger): Promise<Health> {
  const results = await Promise.all(
    checks.map(async (each) => {
      const started = performance.now();
      const status = await withinTime(each, logger);
      const duration_ms = Math.round((performance.now() - started) * 10) / 10;
      return { ...each, status, duration_ms };
    }),
  );
  return {
    status: results.some((each) => each.required && each.status === 'DOWN') ? 'DOWN' : 'UP',
    components: Object.fromEntries(
      results.map(({ name, status, duration_ms }) => [name, { status, duration_ms }]),
    ),
  };
}

async function withinTime(part: HealthCheck, logger: Logger): Promise<'UP' | 'DOWN'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new DOMException('The check took too long', 'TimeoutError')),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    await Promise.race([part.check(), late]);
    return 'UP';
  } catch (error) {
    logger.warn('health check failed', { component: part.name, ...errorClass(error) });
    return 'DOWN';
  } finally {
    clearTimeout(timer);
  }
}

function shared<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= run().finally(() => (running = undefined)));
}
