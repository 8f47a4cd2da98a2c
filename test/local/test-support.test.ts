import { afterAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase } from '../support/postgres.ts';
import { createTestNamespace, timeSkippingServerPath } from '../support/temporal.ts';

describe('the servers that tests share', () => {
  const drops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const drop of drops) await drop();
  });

  it('gives every caller a database of its own', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    drops.push(one.drop, two.drop);
    expect(one.url).not.toBe(two.url);
    const client = new pg.Client(one.url);
    await client.connect();
    const { rows } = await client.query('select current_database() as name');
    await client.end();
    expect(one.url).toContain((rows as { name: string }[])[0]?.name);
  });

  it('gives every caller a Temporal namespace of its own', async () => {
    const [one, two] = await Promise.all([createTestNamespace(), createTestNamespace()]);
    expect(one.address).toBe(two.address);
    expect(one.namespace).not.toBe(two.namespace);
  });

  it('finds the time-skipping test server', async () => {
    expect(await timeSkippingServerPath()).toContain('temporal-test-server');
  });
});
