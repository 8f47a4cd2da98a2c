import { describe, expect, it } from '@jest/globals';
import { CLEAN, judgeEvents, judgeSends, type LedgerCall } from './observe.ts';

let seq = 0;
function call(body: unknown, result: Partial<LedgerCall> = {}): LedgerCall {
  const raw = JSON.stringify(body);
  return { seq: ++seq, path: '/', headers: {}, body, raw, status: 200, fault: null, ...result };
}

const sent = (text: string, result?: Partial<LedgerCall>) =>
  call({ recipient: { id: 'ana' }, message: { text } }, result);

/** An event of the lane `conv_1`; its id follows from its sequence. */
const event = (sequence: number, data: object, more: object = {}, result?: Partial<LedgerCall>) =>
  call(
    {
      id: `whd_${sequence}`,
      type: 'message.received',
      account_id: 'acc_1',
      conversation_id: 'conv_1',
      sequence,
      data: { message_id: `m${sequence}`, sender_id: 'ana', ...data },
      ...more,
    },
    result,
  );

describe('what the platform took, beside what was accepted', () => {
  const expected = { ana: ['a', 'b', 'c'] };

  it('finds nothing in a clean run, however often a send failed without effect', () => {
    const failed = sent('b', { status: 503 });
    const cut = sent('b', { status: null, fault: 'drop' });
    expect(judgeSends(expected, [sent('a'), failed, cut, sent('b'), sent('c')])).toEqual(CLEAN);
  });

  it('finds a message that never arrived, or only in a call without effect', () => {
    expect(judgeSends(expected, [sent('a'), sent('c')]).lost).toEqual(['ana: b']);
    const calls = [sent('a'), sent('b', { status: 500 }), sent('c')];
    expect(judgeSends(expected, calls).lost).toEqual(['ana: b']);
  });

  it('finds a message that arrived twice, also where the first answer was a failure', () => {
    const applied = sent('b', { status: 500, fault: 'apply-then-fail' });
    const calls = [sent('a'), applied, sent('b'), sent('c')];
    expect(judgeSends(expected, calls)).toEqual({ ...CLEAN, doubled: ['ana: b'] });
  });

  it('finds a message that nobody sent', () => {
    const calls = [sent('a'), sent('b'), sent('c'), sent('stray')];
    expect(judgeSends(expected, calls).doubled).toEqual(['ana: stray']);
  });

  it('finds messages that changed places', () => {
    const calls = [sent('b'), sent('a'), sent('c')];
    expect(judgeSends(expected, calls)).toEqual({ ...CLEAN, outOfOrder: ['ana: b', 'ana: a'] });
  });
});

describe('what the CRM took, beside what customers wrote', () => {
  const expected = { ana: ['a', 'b'] };
  const a = event(1, { text: 'a' });
  const b = event(2, { text: 'b' });

  it('finds nothing in a clean run', () => {
    const refused = event(2, { text: 'b' }, {}, { status: 503 });
    expect(judgeEvents(expected, [a, refused, b])).toEqual(CLEAN);
  });

  it('finds a message that never came', () => {
    expect(judgeEvents(expected, [a])).toEqual({ ...CLEAN, lost: ['ana: b'] });
  });

  it('finds a gap in the sequence, whatever the type of the missing event', () => {
    const late = event(3, { text: 'b' });
    expect(judgeEvents(expected, [a, late])).toEqual({ ...CLEAN, gaps: ['conv_1: 2'] });
    expect(judgeEvents({ ana: ['b'] }, [b]).gaps).toEqual(['conv_1: 1']);
  });

  it('finds events that changed places', () => {
    const { outOfOrder } = judgeEvents(expected, [b, a]);
    expect(outOfOrder).toEqual(['ana: b', 'ana: a', 'conv_1: sequence 1']);
  });

  it('finds two messages whose sending is told in the wrong order', () => {
    const told = (sequence: number, timestamp: string) =>
      event(sequence, { timestamp }, { type: 'message.sent' });
    const [early, late] = ['2026-01-01T00:00:01.000Z', '2026-01-01T00:00:02.000Z'];
    expect(judgeEvents({}, [told(1, early), told(2, late)])).toEqual(CLEAN);
    expect(judgeEvents({}, [told(1, late), told(2, early)]).outOfOrder).toEqual([
      `conv_1: sent at ${early}`,
    ]);
  });

  it('finds one message in two events, and two events with one sequence', () => {
    const again = event(3, { text: 'b', message_id: 'm2' });
    expect(judgeEvents(expected, [a, b, again]).doubled).toEqual([
      'ana: b',
      'message.received m2: two events',
    ]);
    const same = event(2, { text: 'b' }, { id: 'whd_other', type: 'message.read' });
    expect(judgeEvents(expected, [a, b, same]).doubled).toEqual(['conv_1: sequence 2']);
  });

  it('tells a repetition of the same bytes from one with other bytes', () => {
    const repeated = judgeEvents(expected, [a, a, b]);
    expect(repeated).toEqual({ ...CLEAN, repeated: ['whd_1'] });
    const changed = event(1, { text: 'a', sender_username: 'new' });
    expect(judgeEvents(expected, [a, changed, b]).doubled).toEqual([
      'whd_1: other bytes than before',
    ]);
  });

  it('keeps lanes apart', () => {
    const data = { sender_id: 'bo', text: 'x', message_id: 'mx' };
    const other = event(1, data, { id: 'whd_x', conversation_id: 'conv_2' });
    const account = event(1, {}, { id: 'whd_p', conversation_id: null, type: 'account.paused' });
    expect(judgeEvents({ ...expected, bo: ['x'] }, [a, other, account, b])).toEqual(CLEAN);
  });
});
