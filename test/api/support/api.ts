import { expect } from '@jest/globals';
import { connect } from 'node:net';
import { type AppDeps, createApp, createRoutes } from '../../../src/api/app.ts';
import { errorCodesOf } from '../../../src/api/openapi.ts';
import { comparePaths } from '../../../src/api/path-order.ts';
import type { Route } from '../../../src/api/route.ts';
import { ErrorResponse } from '../../../src/api/routes/common-schemas.ts';
import { createApiServer } from '../../../src/api/server.ts';
import { createFakeDeps, createFakeLogger, createWorld, KEYS, type World } from './fakes.ts';

export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  // Tests reach into bodies; the client below has checked them against their documented schema.
  json: Record<string, unknown>;
};

type Problem = {
  code: string;
  detail: string;
  retryable: boolean;
  correlation_id: string;
  message_id?: string;
  errors: { in: string; pointer: string; detail: string }[];
};

export type CallOptions = {
  key?: string | null;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: string | Buffer;
  headers?: Record<string, string>;
};

export type TestApi = {
  url: string;
  port: number;
  world: World;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Writes bytes to a socket and reads until the server closes it. */
  raw(bytes: string): Promise<string>;
  stop(): Promise<void>;
};

/** The real app behind the real server on a free port, with everything else in memory. */
export async function startApi(
  settings: Partial<AppDeps['settings']> = {},
  change: Partial<AppDeps> = {},
): Promise<TestApi> {
  const world = createWorld();
  const deps = { ...createFakeDeps(world, settings), ...change };
  const routes = createRoutes(deps);
  const server = createApiServer({
    listener: createApp(deps).callback(),
    logger: createFakeLogger(world.logs),
    timeouts: { headersMs: 500, requestMs: 3000 },
  });
  const port = await server.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    world,
    async call(method, path, options = {}) {
      const answer = await request(`${url}${path}`, method, options);
      expectDocumented(routes, method, path, answer);
      return answer;
    },
    raw: (bytes) => rawRequest(port, bytes),
    stop: () => server.close(1000),
  };
}

async function request(url: string, method: string, options: CallOptions): Promise<Answer> {
  const { key = KEYS.admin, json, body, headers = {} } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
  } as RequestInit);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

/** Every answer must be one that the documentation has for the operation. */
function expectDocumented(routes: Route[], method: string, path: string, answer: Answer): void {
  const [pathname = ''] = path.split('?');
  const fitting = routes
    .filter((each) => new RegExp(`^${each.path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(pathname))
    .toSorted((a, b) => comparePaths(a.path, b.path));
  const route = fitting.find(
    (each) => each.path === fitting[0]?.path && each.method === method.toLowerCase(),
  );
  expect(answer.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  if (answer.headers.get('content-type')?.startsWith('application/problem+json')) {
    const problem = ErrorResponse.strict().parse(answer.json);
    expect(problem.status).toBe(answer.status);
    expect(problem.correlation_id).toBe(answer.headers.get('x-request-id'));
    if (route) expect(errorCodesOf(route)).toContain(problem.code);
    return;
  }
  const documented = route?.responses[answer.status];
  expect(documented).toBeDefined();
  if (documented?.schema && documented.contentType === undefined)
    documented.schema.parse(answer.json);
}

/** The problem document of an answer, once it is one with this status and code. */
export function expectProblem(answer: Answer, status: number, code: string): Problem {
  expect({ status: answer.status, code: answer.json['code'] }).toEqual({ status, code });
  return answer.json as unknown as Problem;
}

/** What is wrong where, as `in /pointer`. */
export function places(found: Problem): string[] {
  return found.errors.map((each) => `${each.in} ${each.pointer}`);
}

function rawRequest(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

/** A send request that is right; tests change what they are about. */
export function aSendRequest(change: object = {}) {
  return { account_id: 'acc_mine', recipient_id: '1254', message: 'hello', ...change };
}
