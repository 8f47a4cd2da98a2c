import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { receive } from '../../../src/channels/whatsapp/receive.ts';
import { checkDamaged, checkNeighbours, storageFlaws } from '../mutations.ts';
import { ana, bodyOf, change, ECHOES, message, MESSAGES, requestOf, STATUSES } from './payloads.ts';

const RUNS = 5000;

const before = message({ id: 'wamid.before-it', type: 'text', text: { body: 'before' } });
const after = message({ id: 'wamid.after-it', type: 'text', text: { body: 'after' } });

const BEFORE = 'message:wamid.before-it';
const AFTER = 'message:wamid.after-it';

/** Reads items, given as JSON, from one list of a body that is printed once. */
function readerOf(list: string, field?: string) {
  const value = { ...(list === 'messages' ? { contacts: [ana] } : {}), [list]: ['here'] };
  const [head = '', tail = ''] = JSON.stringify(bodyOf(change(value, field))).split('"here"');
  return (items: string[]) => receive(requestOf(Buffer.from(head + items.join(',') + tail)));
}

describe('receive, with a documented payload damaged anywhere', () => {
  const good = (n: number) => message({ id: `wamid.${n}.`, type: 'text', text: { body: 'good' } });

  it.each(Object.entries(MESSAGES))(
    'of kind %s never throws and keeps its neighbours',
    (_kind, payload) => {
      const keyOf = (n: number) => `message:wamid.${n}.`;
      checkNeighbours(payload, { good, keyOf, read: readerOf('messages') });
    },
    120_000,
  );

  it.each(Object.entries(STATUSES))(
    'of status %s never throws and keeps its neighbours',
    (_kind, payload) => {
      checkNeighbours(payload, {
        good: (n) => ({ ...STATUSES['read'], id: `wamid.${n}.` }),
        keyOf: (n) => `read:wamid.${n}.`,
        read: readerOf('statuses'),
      });
    },
    120_000,
  );

  it.each(Object.entries(ECHOES))(
    'of kind %s never throws and keeps its neighbours',
    (_kind, payload) => {
      checkNeighbours(payload, {
        good: (n) => ({ ...ECHOES['echo'], id: `wamid.${n}.` }),
        keyOf: (n) => `echo:wamid.${n}.`,
        read: readerOf('message_echoes', 'smb_message_echoes'),
      });
    },
    120_000,
  );

  const KEPT = ['id', 'from', 'type', 'timestamp'];
  const TOLD = ['adWhole', 'aboutProduct', 'product', 'order', 'card', 'callPermission', 'listRow'];
  it.each([...TOLD, 'form', 'location', 'unknown', 'passedOnOften'])(
    'of kind %s is a message still, with what is left of it',
    (kind) => {
      checkDamaged(
        MESSAGES[kind],
        (damaged) => {
          const [event, ...others] = receive(requestOf(bodyOf(change({ messages: [damaged] }))));
          if (event?.kind !== 'message' || others.length > 0) return ['it is no message'];
          const data = JSON.stringify(event.content.details?.platform_data ?? null);
          return [...(data.length > 17_000 ? ['too much'] : []), ...storageFlaws(event)];
        },
        { runs: 600, keeps: (path) => KEPT.includes(path) },
      );
    },
    120_000,
  );

  it('of its contacts loses no message', () => {
    checkDamaged([ana, ana], (contacts) => {
      const events = receive(requestOf(bodyOf(change({ contacts, messages: [before, after] }))));
      const keys = events.map((event) => event.key).join(' ');
      return keys === `${BEFORE} ${AFTER}` ? [] : [`there is ${keys}`];
    });
  });

  it('in its envelope never throws, and the next entry is read', () => {
    const [good] = bodyOf(change({ messages: [after] }))['entry'] as unknown[];
    const body = bodyOf(change({ messages: [before] }));
    const [entry] = body['entry'] as unknown[];
    checkDamaged(entry, (damaged) => {
      const events = receive(requestOf({ ...body, entry: [damaged, good] }));
      return events.at(-1)?.key === AFTER ? [] : ['the next entry is lost'];
    });
    checkDamaged(body, (damaged) =>
      Array.isArray(receive(requestOf(damaged))) ? [] : ['nothing'],
    );
  }, 120_000);

  it('as bytes never throws, and always says something', () => {
    const whole = Buffer.from(JSON.stringify(bodyOf(change({ messages: [before, after] }))));
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = Buffer.from(whole);
        bytes[at % bytes.length] = byte;
        return receive(requestOf(bytes)).length >= 1;
      }),
      { numRuns: RUNS },
    );
  });
});
