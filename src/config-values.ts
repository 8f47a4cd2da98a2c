import { existsSync } from 'node:fs';
import { z } from 'zod';
import { networkProblem } from './crm/address-guard.ts';
import { isApiKey } from './database/api-key-format.ts';
import { createKeyRing } from './database/key-ring.ts';
import { webhookSecretProblem } from './domain/webhook-secret.ts';

/** What a variable may hold. Problems are said without the value, which may be a secret. */

export const text = z.string().trim().min(1);
export const port = z.coerce.number().int().min(0).max(65_535);
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** The base of addresses: without a slash at its end. */
export const baseUrl = z
  .url({ protocol: /^https?$/ })
  .transform((value) => value.replace(/\/+$/, ''));

/** Decimal seconds, as milliseconds. */
export const seconds = z.coerce.number().min(0).max(2_592_000).transform(toMs);

/** Decimal seconds separated by commas, as milliseconds. */
export const secondsList = text
  .transform((list) => list.split(',').map((item) => toMs(Number(item))))
  .refine((list) => list.every((ms) => ms >= 0), 'expected seconds separated by commas: 1,4,16');

const list = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

/** CIDRs or single addresses, separated by commas. */
export const networks = list.superRefine((given, context) => {
  for (const problem of given.map(networkProblem))
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

/** PostgreSQL's address, with the name of a database. */
export const databaseUrl = text.refine((value) => {
  const url = URL.parse(value);
  return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1;
}, 'expected postgresql://user:password@host:5432/name');

/** Host, with or without a port. */
export const hostAndPort = text.refine(
  (value) => !/[\s/@]/.test(value),
  'expected host:port, without a scheme',
);

/** The path of a file that is there. */
export const file = text.refine((path) => existsSync(path), 'there is no such file');

/** See {@link createKeyRing}. */
export const encryptionKeys = text.superRefine((value, context) => {
  try {
    createKeyRing(value);
  } catch (error) {
    const message = (error as Error).message.replace(/^ENCRYPTION_KEYS: /, '');
    context.addIssue({ code: 'custom', message });
  }
});

/** A key of the form that `npm run keys` makes. */
export const apiKey = text.refine(
  isApiKey,
  'is no API key; "npm run keys -- create --name first --role admin" makes one',
);

/** What signs webhooks; the same rule as for accounts. */
export const webhookSecret = text.superRefine((value, context) => {
  const message = webhookSecretProblem(value);
  if (message !== null) context.addIssue({ code: 'custom', message });
});

/** Seconds of a variable as milliseconds. */
export function toMs(value: number): number {
  return Math.round(value * 1000);
}
