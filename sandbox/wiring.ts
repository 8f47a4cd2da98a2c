import { z } from 'zod';
import type { Verdict } from './crm/signature.ts';

const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''));

/** What the demo CRM needs to know of the router. Kept in memory only: it holds secrets. */
export const WiringSchema = z.strictObject({
  api_url: url,
  api_key: z.string().min(1),
  account_id: z.string().min(1),
  webhook_secret: z.string().min(1),
  temporal_ui: url.optional(),
});

export type RouterWiring = Partial<z.output<typeof WiringSchema>>;

type Trust = { secrets: string[]; schemes: (keyof Verdict)[] };

export type Wiring = {
  get(): RouterWiring;
  connect(wiring: RouterWiring): void;
  /** For an answer: everything but the secrets. */
  describe(): object;
  /** Secrets beside the wired one, and the schemes that must be valid. */
  trust(trust: Trust): void;
  trusted(): Trust;
};

/** The connection of the demo CRM to the router, empty until somebody wires it. */
export function createWiring(initial: RouterWiring): Wiring {
  let wiring = initial;
  let extra: Trust = { secrets: [], schemes: ['hub', 'standard'] };
  return {
    get: () => wiring,
    connect: (next) => void (wiring = next),
    describe() {
      const { api_url, account_id, temporal_ui, api_key, webhook_secret } = wiring;
      return {
        api_url: api_url ?? null,
        account_id: account_id ?? null,
        temporal_ui: temporal_ui ?? null,
        api_key_set: api_key !== undefined,
        webhook_secret_set: webhook_secret !== undefined,
      };
    },
    trust: (next) => void (extra = next),
    trusted: () => ({
      ...extra,
      secrets: [...(wiring.webhook_secret ? [wiring.webhook_secret] : []), ...extra.secrets],
    }),
  };
}
