import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startApi, type TestApi } from './support/api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const get = (path: string) => api.call('GET', path, { key: null });

describe('health', () => {
  it('names every part', async () => {
    expect((await get('/health')).json).toMatchObject({
      status: 'UP',
      components: {
        postgresql: { status: 'UP' },
        temporal: { status: 'UP' },
        worker: { status: 'UP' },
      },
    });
  });

  it('stays ready without Temporal, since messages are accepted all the same', async () => {
    api.world.down.add('temporal');
    expect((await get('/health')).json).toMatchObject({
      status: 'UP',
      components: { postgresql: { status: 'UP' }, temporal: { status: 'DOWN' } },
    });
    expect((await get('/health/ready')).status).toBe(200);
  });

  it('is not ready without PostgreSQL, and alive all the same', async () => {
    api.world.down.add('postgresql');
    const health = await get('/health');
    expect(health.status).toBe(200);
    expect(health.json['status']).toBe('DOWN');
    expect((await get('/health/ready')).status).toBe(503);
    expect((await get('/health/live')).json).toEqual({ status: 'UP' });
  });
});

describe('the pages', () => {
  it('lead on from the root', async () => {
    const { json } = await get('/');
    expect(json).toMatchObject({ name: 'Chat4All', version: expect.stringMatching(/^\d/) });
    for (const link of Object.values(json['links'] as Record<string, string>))
      expect((await get(link)).status).toBe(200);
  });

  it.each([
    ['/docs', "style-src 'self'"],
    ['/redoc', "style-src 'self' 'unsafe-inline'"],
  ])('%s runs no script and loads nothing from elsewhere', async (path, style) => {
    const page = await get(path);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain(style);
    expect(page.text).not.toMatch(/<script>|https?:\/\//);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(assets.length).toBeGreaterThan(0);
    for (const asset of assets) {
      const file = await get(asset);
      expect(file.status).toBe(200);
      expect(file.text.length).toBeGreaterThan(100);
      expect(file.text).not.toContain('https://cdn.');
    }
  });
});
