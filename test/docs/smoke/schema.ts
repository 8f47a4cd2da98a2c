import { z } from 'zod';
import type { NewAccount } from '../../../src/channels/channel.ts';

/** Smoke's members of a create-account request. */
export const SmokeAccount: z.ZodType<NewAccount> = z
  .object({
    fire_id: z.string().regex(/^[a-z0-9-]{1,64}$/, 'expected the name of your fire'),
    keeper_key: z.string().regex(/^[\x21-\x7e]{8,256}$/, 'expected the key of its keeper'),
  })
  .transform((account) => ({
    externalId: account.fire_id,
    details: {},
    credentials: { keeper_key: account.keeper_key },
  }));

const id = z.string().regex(/^[\x21-\x7e]{1,128}$/);
/** Text that PostgreSQL and UTF-8 take: no NUL, no half of a surrogate pair. */
const text = z.string().transform((value) => value.replaceAll('\0', '\ufffd').toWellFormed());

/** A webhook. Only what a message cannot do without is asked for; the rest may be odd. */
export const Seen = z.object({
  puff: id,
  from: id,
  name: text.nullable().catch(null),
  words: text.nullable().catch(null),
  lit_at: z.int().min(1).nullable().catch(null),
});

/** Answers. */
export const Fire = z.object({ fire: id });
export const Lit = z.object({ puff: id });
export const Refusal = z.object({ smoke: z.string().regex(/^[a-z_]{1,32}$/) });

/** The JSON of a body, or undefined where it is none. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
