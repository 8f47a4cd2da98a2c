import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { until } from './http.ts';
import { ACCOUNT, type Fixture, startFixture } from './instagram-fixture.ts';

let folder: string;
let stateFile: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  stateFile = join(folder, 'deep', 'sandbox.json');
});
afterEach(() => rm(folder, { recursive: true }));

const threadOf = async (fixture: Fixture, customer: string) =>
  (await fixture.control('GET', `/instagram/customers/${customer}`)).body['data'];

describe('a sandbox with a state file', () => {
  it('shows accounts, subscriptions and chats again after a restart, but not the ledger', async () => {
    const first = await startFixture({ stateFile });
    await first.write('c1', { text: 'remember me' });
    const before = await threadOf(first, 'c1');
    await first.close();
    expect((await stat(stateFile)).mode & 0o777).toBe(0o600);

    const options = { port: 0, appSecret: 'a', verifyToken: 'v', stateFile };
    const sandbox = await startSandbox(options);
    const get = async (path: string) =>
      (await (await fetch(`${sandbox.url}/control${path}`)).json()) as Record<string, unknown>;
    expect((await get('/instagram/customers/c1'))['data']).toEqual(before);
    expect((await get('/instagram/accounts'))['data']).toContainEqual(
      expect.objectContaining({ instagram_account_id: ACCOUNT, subscribed_fields: ['messages'] }),
    );
    expect(await get('/instagram/received')).toEqual({ data: [] });
    await sandbox.close();
  });

  it('takes up webhooks that nobody had taken when it stopped', async () => {
    const first = await startFixture({ stateFile });
    await first.control('POST', '/instagram/webhooks', { mode: 'hold' });
    await first.write('c1', { text: 'still on its way' });
    await first.sandbox.close();
    const second = await startSandbox({ port: 0, appSecret: 'a', verifyToken: 'v', stateFile });
    await until('the webhook arrives', () => first.receiver.received.length === 1);
    expect(first.receiver.items()[0]?.message?.['text']).toBe('still on its way');
    await second.close();
    await first.receiver.close();
  });

  it('writes soon after a change, without waiting for the end', async () => {
    const fixture = await startFixture({ stateFile });
    await fixture.write('c1', { text: 'saved early' });
    await until('the file has it', async () =>
      (await readFile(stateFile, 'utf8').catch(() => '')).includes('saved early'),
    );
    await fixture.close();
  });

  it('starts fresh beside an unreadable file and keeps that one', async () => {
    stateFile = join(folder, 'sandbox.json');
    await writeFile(stateFile, '{"half":');
    const fixture = await startFixture({ stateFile });
    expect(await readFile(`${stateFile}.unreadable`, 'utf8')).toBe('{"half":');
    await fixture.close();
  });
});
