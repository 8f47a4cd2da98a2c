import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { localEnvironment } from '../../src/local/environment.ts';
import { loadSecrets } from '../../src/local/secrets.ts';
import { readLocalSettings } from '../../src/local/settings.ts';
import { createRunning, StoppedError } from '../../src/local/shutdown.ts';
import { isApiKey } from '../../src/database/api-key-format.ts';

const ADDRESSES = {
  databaseUrl: 'postgresql://local',
  temporalAddress: '127.0.0.1:7233',
  sandboxUrl: 'http://127.0.0.1:8100',
  apiUrl: 'http://127.0.0.1:8000',
  workflowBundle: '/bundle.js',
};

describe('the secrets of a local router', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'chat4all-secrets-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are made once, for their owner only', () => {
    const made = loadSecrets(folder);
    expect(loadSecrets(folder)).toEqual(made);
    expect(isApiKey(made.admin_api_key)).toBe(true);
    expect(Buffer.from(made.encryption_keys.replace('k1:', ''), 'base64')).toHaveLength(32);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('are never replaced when their file is damaged', () => {
    writeFileSync(join(folder, 'secrets.json'), '{"encryption_keys"');
    expect(() => loadSecrets(folder)).toThrow(/damaged/);
    expect(readFileSync(join(folder, 'secrets.json'), 'utf8')).toBe('{"encryption_keys"');
  });

  it('give way to what the environment says, and so does the sandbox', () => {
    const secrets = loadSecrets(folder);
    const given = { INSTAGRAM_API_URL: 'https://graph.example/v25.0', FACEBOOK_APP_SECRET: 'own' };
    const environment = localEnvironment({ ...given, ADMIN_API_KEY: '' }, secrets, ADDRESSES);
    expect(environment).toMatchObject({ ...given, ADMIN_API_KEY: secrets.admin_api_key });
    expect(environment['INSTAGRAM_APP_SECRET']).toBeUndefined();
    expect(localEnvironment({}, secrets, ADDRESSES)['INSTAGRAM_API_URL']).toContain(':8100/');
  });
});

describe('local settings', () => {
  it('report every wrong variable at once', () => {
    expect(() => readLocalSettings({ PORT: 'x', SANDBOX_PORT: '70000' })).toThrow(
      /PORT: .*\n.*SANDBOX_PORT: /,
    );
  });

  it('refuse production', () => {
    expect(() => readLocalSettings({ ENVIRONMENT: 'production' })).toThrow(/start:api/);
  });
});

describe('what was started', () => {
  const part = (name: string, log: string[]) => async () => ({
    close: async () => void log.push(name),
  });

  it('is closed newest first, the rest too when one part fails', async () => {
    const log: string[] = [];
    const running = createRunning();
    await running.start(part('database', log));
    await running.start(async () => ({ close: () => Promise.reject(new Error('broken')) }));
    await running.start(part('api', log));
    await running.close();
    expect(log).toEqual(['api', 'database']);
  });

  it('includes a part that was still starting, and nothing starts after that', async () => {
    const log: string[] = [];
    const running = createRunning();
    const late = Promise.withResolvers<{ close(): Promise<void> }>();
    const starting = running.start(() => late.promise);
    const closing = running.close();
    late.resolve(await part('late', log)());
    await Promise.all([starting, closing]);
    expect(log).toEqual(['late']);
    await expect(running.start(part('later', log))).rejects.toThrow(StoppedError);
  });
});
