import { refusals } from './errors.ts';
import type { Parameters } from './parameters.ts';

const MAX_IDS = 100;

/** `message_ids` of a call: 1 to 100 numbers. Throws 400. */
export function readMessageIds(params: Parameters): number[] {
  const given = params.list('message_ids') ?? [];
  if (given.length === 0) throw refusals.badRequest('message identifiers are not specified');
  if (given.length > MAX_IDS) throw refusals.badRequest('too many message identifiers specified');
  return given.map((id) => {
    const number = Number(id);
    if (Number.isSafeInteger(number)) return number;
    throw refusals.badRequest('message identifier is not a Number');
  });
}
