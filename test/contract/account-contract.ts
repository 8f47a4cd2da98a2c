import { expect, it } from '@jest/globals';
import { fresh, type Get } from './contract-steps.ts';
import type { Features } from './platform-under-test.ts';

/** Credentials, registration and names. */
export function describeAccount(get: Get, features: Features): void {
  const onlyIf = (has: boolean) => (has ? it : it.skip);

  it('is known by its credentials', async () => {
    const { channel, account, other } = get();
    const identity = await channel.validateCredentials(account);
    expect(identity.externalId).toBe(account.externalId);
    const another = await channel.validateCredentials(other);
    expect(another.externalId).toBe(other.externalId);
    expect(other.externalId).not.toBe(account.externalId);
  });

  it('is not known by bad credentials, or while nobody listens', async () => {
    const { channel, unreachable, account, badCredentials } = get();
    const bad = await channel
      .validateCredentials({ ...account, credentials: badCredentials })
      .catch((error: unknown) => error);
    expect(bad).toMatchObject({ name: 'ChannelError', kind: 'unauthorized' });
    for (const secret of Object.values(badCredentials)) expect(String(bad)).not.toContain(secret);
    await expect(unreachable.validateCredentials(account)).rejects.toMatchObject({
      name: 'ChannelError',
      kind: 'unreachable',
    });
  });

  it('stands well with the platform, which is asked and not guessed', async () => {
    const { channel, unreachable, account } = get();
    expect((await channel.checkAccount(account)).healthy).toBe(true);
    await expect(unreachable.checkAccount(account)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('shows no secret', () => {
    const { channel, account } = get();
    const shown = JSON.stringify(channel.describeAccount(account));
    for (const secret of Object.values(account.credentials)) expect(shown).not.toContain(secret);
  });

  onlyIf(features.handshake)('is registered with our verify token only', async () => {
    expect(await get().register('wrong token')).toBe(false);
    expect(await get().register('right token')).toBe(true);
  });

  onlyIf(features.profile)('is told a customer’s names, and none of a stranger', async () => {
    const { channel, account, customer, strangerId } = get();
    const { username, name } = customer;
    expect(await channel.fetchProfile(account, customer.id)).toEqual({ username, name });
    expect(await channel.fetchProfile(account, strangerId)).toBeNull();
  });

  it('gets no webhook while it is disconnected, and again afterwards', async () => {
    const { channel, account, inbox } = get();
    await channel.disconnectAccount(account);
    const unheard = await get().write(fresh('to nobody'));
    await channel.connectAccount(account, inbox.url);
    const heard = await get().write(fresh('to us again'));
    const either = features.dropsWhileDisconnected ? [unheard, heard] : [heard];
    const event = await inbox.event('message', (one) => either.includes(one.platformMessageId));
    expect(event.platformMessageId).toBe(heard);
  });
}
