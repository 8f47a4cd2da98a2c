import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRoutes } from '../../src/api/app.ts';
import { comparePaths } from '../../src/api/path-order.ts';
import { expectProblem, startApi, type TestApi } from './support/api.ts';
import { createFakeDeps, createWorld } from './support/fakes.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const routes = createRoutes(createFakeDeps(createWorld()));

/** A request for `path`, with something that is no id in place of each parameter. */
const asked = (path: string) => path.replaceAll(/\{\w+\}/g, 'x');
const fits = (path: string, request: string) =>
  new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(request);

/** Paths with fixed text where another path of the API has a parameter. */
const collisions = [...new Set(routes.map(({ path }) => path))].filter((path) =>
  routes.some((other) => other.path !== path && fits(other.path, asked(path))),
);

describe('a fixed path beside a parameter', () => {
  it('is there: the tests below have something to try', () => {
    expect(collisions).toContain('/api/v1/admin/dlq/replays');
  });

  it.each(collisions)('is not taken for the parameter: %s', async (path) => {
    const own = routes.filter((route) => route.path === path).map(({ method }) => method);
    for (const method of ['get', 'post', 'put', 'delete'] as const) {
      if (own.includes(method)) continue;
      const answer = await api.call(method.toUpperCase(), asked(path));
      expectProblem(answer, 405, 'method_not_allowed');
      const allowed = (answer.headers.get('allow') ?? '').toLowerCase().split(', ');
      expect(allowed.filter((each) => each !== 'head').sort()).toEqual(own.toSorted());
    }
  });

  it('serves the request, whichever of both was written down first', async () => {
    expect((await api.call('GET', '/api/v1/admin/dlq/replays')).status).toBe(200);
    expect((await api.call('GET', '/api/v1/admin/dlq/webhooks')).status).toBe(200);
  });

  it('comes first when paths are sorted, however many others there are, in whatever order', () => {
    const paths = [...new Set(routes.map(({ path }) => path))];
    const wrong = paths.flatMap((_, turn) => {
      const sorted = [...paths.slice(turn), ...paths.slice(0, turn)].toSorted(comparePaths);
      return collisions.filter((path) =>
        sorted.slice(0, sorted.indexOf(path)).some((other) => fits(other, asked(path))),
      );
    });
    expect(wrong).toEqual([]);
  });
});

describe('the Allow header', () => {
  it.each([...new Set(routes.map(({ path }) => path))])(
    'names what %s takes, and nothing else',
    async (path) => {
      const answer = await api.call('PATCH', asked(path));
      expectProblem(answer, 405, 'method_not_allowed');
      const own = routes.filter((route) => route.path === path).map(({ method }) => method);
      const allowed = (answer.headers.get('allow') ?? '').toLowerCase().split(', ');
      expect(allowed.filter((each) => each !== 'head').sort()).toEqual(own.toSorted());
    },
  );
});
