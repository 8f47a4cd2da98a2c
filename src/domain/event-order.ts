/** What decides an event's place among those of its conversation that have no sequence yet. */
export type QueuedEvent = {
  id: string;
  /** Place in the order of arrival; no two events of a conversation share one. */
  arrival: number;
  fromCustomer: boolean;
  /** The platform's time, ms since 1970; null stands for the time of arrival. */
  platformTimeMs: number | null;
  storedAtMs: number;
};

/**
 * The order in which events go to the CRM: that of their arrival, except that the customer's own
 * events fill the customer's places by platform time, then arrival, then id. So a status never
 * changes places with a message, and two messages that overtook each other are put right.
 */
export function orderEvents<Event extends QueuedEvent>(events: readonly Event[]): Event[] {
  const byArrival = [...events].sort((a, b) => a.arrival - b.arrival);
  const customers = byArrival.filter((event) => event.fromCustomer).sort(byPlatformTime);
  let next = 0;
  return byArrival.map((event) => (event.fromCustomer ? (customers[next++] ?? event) : event));
}

function byPlatformTime(a: QueuedEvent, b: QueuedEvent): number {
  return (
    (a.platformTimeMs ?? a.storedAtMs) - (b.platformTimeMs ?? b.storedAtMs) ||
    a.arrival - b.arrival ||
    (a.id < b.id ? -1 : 1)
  );
}
