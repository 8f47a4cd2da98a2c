import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { receive } from '../../../src/channels/telegram/receive.ts';
import { answerWebhook } from '../../../src/channels/telegram/webhook.ts';
import { checkDamaged, storageFlaws } from '../mutations.ts';
import { message, MESSAGES, OTHERS, requestOf, update } from './payloads.ts';

const RUNS = 5000;

/** What is wrong with what came out; empty where nothing is. */
function flawsIn(events: ReturnType<typeof receive>): string[] {
  return [...(events.length > 0 ? [] : ['it says nothing']), ...events.flatMap(storageFlaws)];
}

describe('receive, with a documented update damaged anywhere,', () => {
  const all = {
    ...Object.fromEntries(Object.entries(MESSAGES).map(([kind, one]) => [kind, { message: one }])),
    ...OTHERS,
  };

  it.each(Object.entries(all))(
    'of kind %s never throws and always says something',
    (_kind, member) => {
      checkDamaged(update(member), (damaged) => {
        const request = requestOf(damaged);
        answerWebhook(request);
        return flawsIn(receive(request));
      });
    },
    120_000,
  );

  it('as bytes never throws', () => {
    const whole = Buffer.from(JSON.stringify(update({ message: MESSAGES['reply'] })));
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = Buffer.from(whole);
        bytes[at % bytes.length] = byte;
        return flawsIn(receive(requestOf(bytes))).length === 0;
      }),
      { numRuns: RUNS },
    );
  });

  it('nested too deep to print never throws', () => {
    const deep = `{"update_id":1,"message":${'{"message":'.repeat(20_000)}1${'}'.repeat(20_000)}}`;
    expect(flawsIn(receive(requestOf(Buffer.from(deep))))).toEqual([]);
  });
});

/** What a message cannot be kept without, and what says that it is ours to keep. */
const NEEDED = /^(message|message\.(message_id|chat|chat\.id|chat\.type))$/;

describe('a message whose number and chat are readable', () => {
  const keeps = (path: string) => NEEDED.test(path);

  it.each(Object.entries(MESSAGES))(
    'is not lost, whatever else of a %s is damaged',
    (_kind, one) => {
      const key = `message:${(one['chat'] as { id: number }).id}:7`;
      const look = (damaged: unknown) => {
        const [event] = receive(requestOf(damaged));
        // In direct messages it may seem to be by somebody else than the person: the channel.
        const isThere = event?.kind === 'message' || event?.kind === 'echo';
        return isThere && event.key === key ? [] : ['it is lost'];
      };
      checkDamaged(update({ message: one }), look, { runs: 1000, keeps });
    },
    120_000,
  );

  it('is not lost when another member of the update is damaged', () => {
    const two = { edited_message: { message_id: {} }, message: message({ text: 'x' }) };
    const kinds = receive(requestOf(update(two))).map((event) => event.kind);
    expect(kinds.toSorted()).toEqual(['message', 'unreadable']);
  });
});
