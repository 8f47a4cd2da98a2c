import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { receive } from '../../../src/channels/instagram/receive.ts';
import { checkDamaged, checkNeighbours, storageFlaws } from '../mutations.ts';
import { bodyOf, DOCUMENTED, item, requestOf } from './payloads.ts';

const before = item({ message: { mid: 'm-before-it', text: 'before' } });
const after = item({ message: { mid: 'm-after-it', text: 'after' } });

const [head = '', tail = ''] = JSON.stringify(bodyOf('here')).split('"here"');
const read = (items: string[]) => receive(requestOf(Buffer.from(head + items.join(',') + tail)));
const good = (n: number) => item({ message: { mid: `m-${n}.`, text: 'good' } });
const keyOf = (n: number) => `message:m-${n}.`;

describe('receive, with a documented payload damaged anywhere', () => {
  it.each(Object.entries(DOCUMENTED))(
    'of kind %s never throws and keeps its neighbours',
    (_kind, payload) => checkNeighbours(payload, { good, keyOf, read }),
    120_000,
  );

  const KEPT = [/^(sender|recipient|message|postback)(\.(id|mid))?$/];
  const TOLD = ['adMessage', 'adPostback', 'sharedStory', 'sharedPost', 'sharedProduct'];
  it.each([...TOLD, 'storyMention', 'storyReply', 'quickReply', 'ephemeral'])(
    'of kind %s is a message still, with what is left of it',
    (kind) => {
      checkDamaged(
        DOCUMENTED[kind],
        (damaged) => {
          const [event, ...others] = receive(requestOf(bodyOf(damaged)));
          if (event?.kind !== 'message' || others.length > 0) return ['it is no message'];
          const data = JSON.stringify(event.content.details?.platform_data ?? null);
          return [...(data.length > 17_000 ? ['too much'] : []), ...storageFlaws(event)];
        },
        { runs: 600, keeps: (path) => KEPT.some((kept) => kept.test(path)) },
      );
    },
    120_000,
  );

  it('in its envelope never throws', () => {
    checkDamaged(bodyOf(before, after), (damaged) =>
      Array.isArray(receive(requestOf(damaged))) ? [] : ['nothing'],
    );
  });

  it('as bytes never throws, and always says something', () => {
    const whole = Buffer.from(JSON.stringify(bodyOf(before, after)));
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = Buffer.from(whole);
        bytes[at % bytes.length] = byte;
        return receive(requestOf(bytes)).length >= 1;
      }),
      { numRuns: 3000 },
    );
  });
});
