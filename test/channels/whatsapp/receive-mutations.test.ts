import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { receive } from '../../../src/channels/whatsapp/receive.ts';
import { flawsOf, mutate, mutation } from '../mutations.ts';
import { ana, bodyOf, change, ECHOES, message, MESSAGES, requestOf, STATUSES } from './payloads.ts';

const RUNS = 5000;

const before = message({ id: 'wamid.before-it', type: 'text', text: { body: 'before' } });
const after = message({ id: 'wamid.after-it', type: 'text', text: { body: 'after' } });

/** Runs thousands of damaged copies of an item between two good ones. */
function checkNeighbours(
  payload: unknown,
  bodyWith: (damaged: unknown) => unknown,
  keys: [first: string, last: string],
): void {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const damaged = mutations.reduce<unknown>(mutate, payload);
      const events = receive(requestOf(bodyWith(damaged)));
      expect(flawsOf(events, ...keys)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
}

describe('receive, with a documented payload damaged anywhere', () => {
  it.each(Object.entries(MESSAGES))(
    'of kind %s never throws and keeps its neighbours',
    (_kind, payload) => {
      const keys: [string, string] = ['message:wamid.before-it', 'message:wamid.after-it'];
      const bodyWith = (damaged: unknown) =>
        bodyOf(change({ contacts: [ana], messages: [before, damaged, after] }));
      checkNeighbours(payload, bodyWith, keys);
    },
    120_000,
  );

  it.each(Object.entries(STATUSES))(
    'of status %s never throws and keeps its neighbours',
    (_kind, payload) => {
      const bodyWith = (damaged: unknown) =>
        bodyOf(
          change({
            statuses: [
              { ...STATUSES['sent'], id: 'wamid.1' },
              damaged,
              { ...STATUSES['read'], id: 'wamid.2' },
            ],
          }),
        );
      checkNeighbours(payload, bodyWith, ['sent:wamid.1', 'read:wamid.2']);
    },
    120_000,
  );

  it.each(Object.entries(ECHOES))(
    'of kind %s never throws and keeps its neighbours',
    (_kind, payload) => {
      const good = (id: string) => ({ ...ECHOES['echo'], id });
      const bodyWith = (damaged: unknown) =>
        bodyOf(
          change(
            { message_echoes: [good('wamid.1'), damaged, good('wamid.2')] },
            'smb_message_echoes',
          ),
        );
      checkNeighbours(payload, bodyWith, ['echo:wamid.1', 'echo:wamid.2']);
    },
    120_000,
  );

  it('of its contacts loses no message', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const contacts = mutations.reduce<unknown>(mutate, [ana, ana]);
        const events = receive(requestOf(bodyOf(change({ contacts, messages: [before, after] }))));
        expect(events.map((event) => event.key)).toEqual([
          'message:wamid.before-it',
          'message:wamid.after-it',
        ]);
      }),
      { numRuns: RUNS },
    );
  });

  it('in its envelope never throws, and the next entry is read', () => {
    const [good] = bodyOf(change({ messages: [after] }))['entry'] as unknown[];
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const [entry] = bodyOf(change({ messages: [before] }))['entry'] as unknown[];
        const damaged = mutations.reduce<unknown>(mutate, entry);
        const body = { object: 'whatsapp_business_account', entry: [damaged, good] };
        expect(receive(requestOf(body)).at(-1)?.key).toBe('message:wamid.after-it');
        const whole = mutations.reduce<unknown>(mutate, bodyOf(change({ messages: [before] })));
        expect(Array.isArray(receive(requestOf(whole)))).toBe(true);
      }),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('as bytes never throws, and always says something', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = Buffer.from(JSON.stringify(bodyOf(change({ messages: [before, after] }))));
        bytes[at % bytes.length] = byte;
        expect(receive(requestOf(bytes)).length).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: RUNS },
    );
  });
});
