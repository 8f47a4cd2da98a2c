import type { Call, DriverEntry, Journals, StateEntry } from './journal.ts';

/** One kind of what the driver writes down. */
export type Entry<Kind extends DriverEntry['kind']> = Extract<DriverEntry, { kind: Kind }>;
export type MessageState = Extract<StateEntry, { kind: 'message' }>;

/** Statuses of a message that the platform has. */
export const ARRIVED = new Set(['sent', 'delivered', 'read']);

/** The driver's entries of one kind, in their order. */
export function entries<Kind extends DriverEntry['kind']>(
  { driver }: Pick<Journals, 'driver'>,
  kind: Kind,
): Entry<Kind>[] {
  return driver.filter((each): each is Entry<Kind> => each.kind === kind);
}

/** Whether the call had its effect, whatever the caller was told. */
export function tookEffect({ status, fault }: Call): boolean {
  return fault?.startsWith('apply') === true || (status !== null && status >= 200 && status < 300);
}

/** What the public API says of each message at the end. */
export function messageStates({ states }: Journals): Map<string, MessageState> {
  const messages = states.filter((each) => each.kind === 'message');
  return new Map(messages.map((each) => [each.messageId, each]));
}
