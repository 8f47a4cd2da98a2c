import { setTimeout as delay } from 'node:timers/promises';
import type { Middleware } from 'koa';
import { z } from 'zod';
import { rawOf } from './http.ts';

/**
 * What the next matching request gets instead of its answer.
 * `fail`: refused, nothing happens. `apply-then-fail`: it happens, the answer says otherwise.
 * `apply-then-drop`: it happens and the connection is cut. `drop`: cut, nothing happens.
 * `slow`: only late.
 */
export const FaultSchema = z.strictObject({
  /** Text in "METHOD /path", or its parts; `body` is text within the raw body. */
  match: z
    .union([
      z.string(),
      z.strictObject({
        method: z.string().optional(),
        path: z.string().optional(),
        body: z.string().optional(),
      }),
    ])
    .optional(),
  /** How many requests; null: until the queue is replaced. */
  times: z.int().min(1).nullable().default(1),
  status: z.int().min(200).max(599).default(500),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().optional(),
  delay_ms: z.int().min(0).max(600_000).default(0),
  mode: z.enum(['fail', 'apply-then-fail', 'apply-then-drop', 'drop', 'slow']).default('fail'),
});

/** The queue as `PUT …/faults` takes it: a list, or an object with the list as `faults`. */
export const FaultsSchema = z.preprocess(
  (given) => (given as { faults?: unknown } | null)?.faults ?? given,
  z.array(FaultSchema),
);

export type Fault = z.output<typeof FaultSchema>;

export type FaultQueue = {
  replace(faults: Fault[]): void;
  /** What is left of the queue. */
  list(): Fault[];
  /** A fault that stands behind the queue under a name until it is taken away: a page's switch. */
  stand(name: string, fault: Fault | null): void;
  play: Middleware;
};

/** A fault that is played until it is taken away. */
export function standing(given: z.input<typeof FaultSchema>): Fault {
  return FaultSchema.parse({ times: null, ...given });
}

type Request = { method: string; path: string; body: string };

/** The first fault that matches is played; one that is used up leaves the queue. */
export function createFaultQueue(): FaultQueue {
  let queue: Fault[] = [];
  const standing = new Map<string, Fault>();

  function take(request: Request): Fault | undefined {
    const fault = queue.find((candidate) => matches(candidate.match, request));
    if (!fault) return [...standing.values()].find(({ match }) => matches(match, request));
    if (fault.times !== null) fault.times -= 1;
    queue = queue.filter(({ times }) => times !== 0);
    return fault;
  }

  return {
    replace: (faults) => void (queue = faults.map((fault) => ({ ...fault }))),
    list: () => queue,
    stand: (name, fault) => void (fault ? standing.set(name, fault) : standing.delete(name)),
    async play(ctx, next) {
      const body = rawOf(ctx).toString('utf8');
      const fault = take({ method: ctx.method, path: ctx.path, body });
      if (!fault) return next();
      ctx.state['fault'] = fault.mode;
      if (fault.mode.startsWith('apply')) await next();
      await untilDelayOrHangUp(ctx, fault.delay_ms);
      if (fault.mode === 'slow') return next();
      if (fault.mode.endsWith('drop')) return cut(ctx);
      ctx.status = fault.status;
      ctx.body = fault.body ?? { error: { message: `Fault of the sandbox: ${fault.status}` } };
      ctx.set(fault.headers);
    },
  };
}

function matches(match: Fault['match'], { method, path, body }: Request): boolean {
  if (match === undefined) return true;
  if (typeof match === 'string') return `${method} ${path}`.includes(match);
  return (
    (match.method === undefined || match.method.toUpperCase() === method) &&
    path.includes(match.path ?? '') &&
    body.includes(match.body ?? '')
  );
}

type Ctx = Parameters<Middleware>[0];

function cut(ctx: Ctx): void {
  ctx.respond = false;
  ctx.req.socket.destroy();
}

async function untilDelayOrHangUp(ctx: Ctx, ms: number): Promise<void> {
  if (ms === 0) return;
  const hungUp = new AbortController();
  ctx.res.once('close', () => hungUp.abort());
  await delay(ms, undefined, { signal: hungUp.signal }).catch(() => undefined);
}
