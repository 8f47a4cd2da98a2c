import { z } from 'zod';
import { CrmMysqlSchema } from './crm/table.ts';
import type { Verdict } from './crm/signature.ts';

const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''));
const id = z.string().min(1);

/**
 * What the demo CRM needs to know of the router. `accounts` has the router's account per channel;
 * `account_id` and `webhook_secret` beside it are the first channel's. Kept in memory only: it
 * holds secrets.
 */
export const WiringSchema = z
  .strictObject({
    api_url: url,
    api_key: z.string().min(1),
    account_id: id.optional(),
    webhook_secret: z.string().min(1).optional(),
    accounts: z
      .record(id, z.strictObject({ account_id: id, webhook_secret: z.string().min(1) }))
      .optional(),
    temporal_ui: url.optional(),
    /** The CRM's own database; as it is if left out, null disconnects it. */
    crm_mysql: CrmMysqlSchema.nullable().optional(),
  })
  .refine(
    ({ account_id, webhook_secret, accounts }) => accounts || (account_id && webhook_secret),
    'expected account_id and webhook_secret, or accounts',
  );

export type RouterWiring = Partial<Omit<z.output<typeof WiringSchema>, 'crm_mysql'>>;

type Trust = { secrets: string[]; schemes: (keyof Verdict)[] };

export type Wiring = {
  get(): RouterWiring;
  /** The router's account on this channel, if one is wired. */
  accountOn(channel: string): string | undefined;
  connect(wiring: RouterWiring): void;
  /** For an answer: everything but the secrets. */
  describe(): object;
  /** Secrets beside the wired ones, and the schemes that must be valid. */
  trust(trust: Trust): void;
  trusted(): Trust;
};

/** The connection of the demo CRM to the router, empty until somebody wires it. */
export function createWiring(initial: RouterWiring, firstChannel: string): Wiring {
  let wiring = initial;
  let extra: Trust = { secrets: [], schemes: ['hub', 'standard'] };
  const accountOn = (channel: string) =>
    wiring.accounts?.[channel]?.account_id ??
    (channel === firstChannel ? wiring.account_id : undefined);
  return {
    accountOn,
    get: () => wiring,
    connect: (next) => void (wiring = next),
    describe() {
      const { api_url, temporal_ui, api_key, accounts = {} } = wiring;
      return {
        api_url: api_url ?? null,
        account_id: accountOn(firstChannel) ?? null,
        accounts: Object.fromEntries(
          [firstChannel, ...Object.keys(accounts)].map((name) => [name, accountOn(name) ?? null]),
        ),
        temporal_ui: temporal_ui ?? null,
        api_key_set: api_key !== undefined,
        webhook_secret_set: secretsOf(wiring).length > 0,
      };
    },
    trust: (next) => void (extra = next),
    trusted: () => ({ ...extra, secrets: [...secretsOf(wiring), ...extra.secrets] }),
  };
}

function secretsOf({ webhook_secret: first, accounts = {} }: RouterWiring): string[] {
  const others = Object.values(accounts).map(({ webhook_secret }) => webhook_secret);
  return [...new Set([...(first ? [first] : []), ...others])];
}
