import { createInstagram } from './instagram/instagram.ts';
import type { CreatePlatform } from './platform.ts';
import { createTelegram } from './telegram/telegram.ts';
import { createWhatsApp } from './whatsapp/whatsapp.ts';

/** Every platform the sandbox plays. The key is its name in paths, state and wiring. */
export const PLATFORMS: Record<string, CreatePlatform> = {
  instagram: createInstagram,
  whatsapp: createWhatsApp,
  telegram: createTelegram,
};
