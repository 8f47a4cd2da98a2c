import { describe, expect, it } from '@jest/globals';
import { createChannels } from '../../src/channels/registry.ts';
import { loadConfig } from '../../src/config.ts';

describe('the registry', () => {
  const channels = createChannels(
    loadConfig({
      DATABASE_URL: 'postgres://x/y',
      ENCRYPTION_KEYS: `k:${Buffer.alloc(32).toString('base64')}`,
      FACEBOOK_VERIFY_TOKEN: 'v',
    }),
  );

  it('finds each channel under its name', () => {
    expect(channels.names()).toContain('instagram');
    for (const name of channels.names()) expect(channels.get(name).name).toBe(name);
  });

  it('says which channels there are when asked for another', () => {
    expect(channels.has('pigeon')).toBe(false);
    expect(() => channels.get('pigeon')).toThrow(/no channel is called "pigeon".*instagram/i);
  });

  it('does not take a name of every object for a channel', () => {
    expect(channels.has('constructor')).toBe(false);
  });
});
