import { randomBytes } from 'node:crypto';
import { digitsOf } from './numbers.ts';
import type { Failure, Thread } from './state.ts';

/** What a webhook names a person by: the number is left out once it is hidden. */
export function contactOf({ name, username, number, userId, numberHidden }: Thread): object {
  return {
    profile: { ...(name !== null && { name }), ...(username !== null && { username }) },
    ...(number !== null && !numberHidden && { wa_id: number }),
    user_id: userId,
  };
}

/** The sender of a message, by the same rule. */
export function senderOf({ number, numberHidden, userId }: Thread): object {
  return { ...(number !== null && !numberHidden && { from: number }), from_user_id: userId };
}

/** Times of webhooks: whole seconds, as text. */
export function seconds(ms: number): string {
  return String(Math.floor(ms / 1000));
}

/** An error as webhooks carry it. */
export function errorOf({ code, title, details }: Failure): object {
  const href = 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/';
  return { code, title, message: title, error_data: { details }, href };
}

/** A new `wamid.…`: base64 that holds the person's number, like the platform's. */
export function newMessageId(number: string): string {
  const digits = digitsOf(number) || '0';
  const bytes = Buffer.concat([
    Buffer.from([0x1c, 0x18, digits.length]),
    Buffer.from(digits, 'ascii'),
    Buffer.from([0x15, 0x02, 0x00, 0x11, 0x18, 0x14]),
    Buffer.from(randomBytes(10).toString('hex').toUpperCase(), 'ascii'),
    Buffer.from([0x00]),
  ]);
  return `wamid.${bytes.toString('base64')}`;
}
