import { describe, expect, it } from '@jest/globals';
import { ensureFirstAccount } from '../../src/api/first-account.ts';
import { loadConfig } from '../../src/config.ts';
import { ENCRYPTION_KEYS } from '../support/database.ts';
import { createFakeDeps, createWorld } from './support/fakes.ts';

const ACCOUNT = {
  INSTAGRAM_BUSINESS_ACCOUNT_ID: '17841400000000001',
  INSTAGRAM_PAGE_ACCESS_TOKEN: 'IGAA-token',
};

async function start(environment: Record<string, string>) {
  const world = createWorld();
  const { channels, logger, accounts } = createFakeDeps(world);
  world.identity = { externalId: ACCOUNT.INSTAGRAM_BUSINESS_ACCOUNT_ID, username: null };
  const config = loadConfig({
    DATABASE_URL: 'postgresql://nobody/nothing',
    ENCRYPTION_KEYS,
    ...environment,
  });
  await ensureFirstAccount({ config, logger, channels, stores: { accounts } } as never);
  return { world, made: [...world.accounts.rows.values()].at(-1) };
}

describe('the account of the configuration', () => {
  it('is made with the secret that is set, which its receiver knows', async () => {
    const { made } = await start({ ...ACCOUNT, CRM_WEBHOOK_SECRET: 'a-secret-of-ours' });
    expect(made).toMatchObject({
      externalId: ACCOUNT.INSTAGRAM_BUSINESS_ACCOUNT_ID,
      webhookSecret: 'a-secret-of-ours',
    });
  });

  it('is not made without one: nobody could read a secret that is made up', async () => {
    const { world, made } = await start(ACCOUNT);
    expect(made?.externalId).not.toBe(ACCOUNT.INSTAGRAM_BUSINESS_ACCOUNT_ID);
    expect(JSON.stringify(world.logs)).toContain('CRM_WEBHOOK_SECRET: the account');
  });
});
