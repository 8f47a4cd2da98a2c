import { createHash } from 'node:crypto';

/** The same digits for the same name: a scenario's word for a customer as an id or number. */
export function digitsOf(name: string, count: number): string {
  const hash = createHash('sha256').update(name).digest();
  const number = hash.readBigUInt64BE() % 10n ** BigInt(count);
  return String(number).padStart(count, '0');
}
