import { randomUUID } from 'node:crypto';

/** `acc_…`, `conv_…`, `whd_…`: a prefix that tells a reader what it names, and 122 random bits. */
export function newId(
  prefix: 'acc' | 'conv' | 'whd' | 'dl' | 'key' | 'alert' | 'replay' | 'rule',
): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}
