import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { orderEvents, type QueuedEvent } from '../../src/domain/event-order.ts';

function event(id: string, given: Partial<QueuedEvent> & { arrival: number }): QueuedEvent {
  return { id, fromCustomer: true, platformTimeMs: null, storedAtMs: 0, ...given };
}

const ids = (events: readonly QueuedEvent[]) => events.map(({ id }) => id);

/** Events of one conversation as they may stand in the queue, in any order of the list. */
const queues = fc
  .array(
    fc.record({
      fromCustomer: fc.boolean(),
      platformTimeMs: fc.option(fc.integer({ min: 0, max: 5 })),
      storedAtMs: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 12 },
  )
  .map((list) => list.map((given, index) => event(`e${index}`, { ...given, arrival: index })))
  .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));

describe('the order of the events of a conversation', () => {
  it('is that of their arrival', () => {
    const [a, b, c] = [1, 2, 3].map((arrival) =>
      event(`e${arrival}`, { arrival, fromCustomer: false }),
    );
    if (!a || !b || !c) throw new Error();
    expect(orderEvents([c, a, b])).toEqual([a, b, c]);
  });

  it('puts two messages right that overtook each other, and leaves a status where it stands', () => {
    const late = event('written first', { arrival: 3, platformTimeMs: 5 });
    const early = event('written second', { arrival: 1, platformTimeMs: 10 });
    const status = event('status', { arrival: 2, fromCustomer: false, platformTimeMs: 1 });
    expect(ids(orderEvents([early, status, late]))).toEqual([
      'written first',
      'status',
      'written second',
    ]);
  });

  it('takes the time of arrival for an event without a time of the platform', () => {
    const timeless = event('timeless', { arrival: 1, storedAtMs: 8 });
    const timed = event('timed', { arrival: 2, platformTimeMs: 7, storedAtMs: 9 });
    expect(ids(orderEvents([timeless, timed]))).toEqual(['timed', 'timeless']);
  });

  it('leaves events of one and the same time in the order of their arrival', () => {
    const one = event('z', { arrival: 1, platformTimeMs: 7 });
    const two = event('a', { arrival: 2, platformTimeMs: 7 });
    expect(ids(orderEvents([two, one]))).toEqual(['z', 'a']);
  });

  it('loses and repeats nothing, whatever the queue', () => {
    fc.assert(
      fc.property(queues, (queue) => {
        expect(ids(orderEvents(queue)).sort()).toEqual(ids(queue).sort());
      }),
    );
  });

  it('keeps what is not from the customer in its place, and the customer in order of time', () => {
    fc.assert(
      fc.property(queues, (queue) => {
        const byArrival = [...queue].sort((a, b) => a.arrival - b.arrival);
        const ordered = orderEvents(queue);
        expect(ordered.map((each) => (each.fromCustomer ? '' : each.id))).toEqual(
          byArrival.map((each) => (each.fromCustomer ? '' : each.id)),
        );
        const times = ordered
          .filter(({ fromCustomer }) => fromCustomer)
          .map((each) => each.platformTimeMs ?? each.storedAtMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }),
    );
  });

  it('does not depend on the order in which it is given the events', () => {
    fc.assert(
      fc.property(queues, (queue) => {
        expect(orderEvents(queue)).toEqual(orderEvents([...queue].reverse()));
      }),
    );
  });
});
