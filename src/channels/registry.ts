import type { Config } from '../config.ts';
import type { Channel, ChannelRegistry } from './channel.ts';
import { createInstagram } from './instagram/index.ts';
import { createWhatsApp } from './whatsapp/index.ts';
import { createTelegram } from './telegram/index.ts';

/** Every channel this router speaks, one line each; `others` are channels that are not in it. */
export function createChannels(config: Config, others: Channel[] = []): ChannelRegistry {
  const metaSecrets = [config.INSTAGRAM_APP_SECRET, config.FACEBOOK_APP_SECRET].filter(
    (secret) => secret !== undefined,
  );
  const channels = new Map<string, Channel>(
    [
      createInstagram({
        apiUrl: config.INSTAGRAM_API_URL,
        appSecrets: metaSecrets,
        verifyToken: config.FACEBOOK_VERIFY_TOKEN,
        humanAgent: config.INSTAGRAM_HUMAN_AGENT,
      }),
      createWhatsApp({
        apiUrl: config.WHATSAPP_API_URL,
        appSecrets: metaSecrets,
        verifyToken: config.FACEBOOK_VERIFY_TOKEN,
      }),
      createTelegram({ apiUrl: config.TELEGRAM_API_URL }),
      ...others,
    ].map((channel) => [channel.name, channel]),
  );
  return {
    names: () => [...channels.keys()],
    has: (name) => channels.has(name),
    get(name) {
      const channel = channels.get(name);
      if (channel) return channel;
      throw new Error(
        `No channel is called "${name}"; there are: ${[...channels.keys()].join(', ')}`,
      );
    },
  };
}
