import { z } from 'zod';
import { defineRoute, type Route } from '../route.ts';

const RootResponse = z
  .object({
    name: z.string(),
    version: z.string(),
    links: z.record(z.string(), z.string()),
  })
  .meta({ id: 'RootResponse' });

/** What one sees who opens the address of the API and knows nothing yet. */
export function createRootRoute(version: string): Route {
  const body = {
    name: 'Chat4All',
    version,
    links: { docs: '/docs', redoc: '/redoc', openapi: '/openapi.json', health: '/health' },
  };
  return defineRoute({
    method: 'get',
    path: '/',
    operationId: 'getRoot',
    summary: 'See what this is',
    description: 'Name, version, and where to read on.',
    tags: ['Health'],
    auth: 'public',
    responses: { 200: { description: 'This.', schema: RootResponse, example: body } },
    handle: () => ({ status: 200, body }),
  });
}
