import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leftOver } from '../../src/channels/left-over.ts';

const TOLD = { always: ['id', 'errors.0.code'], ifHeld: ['text.body', 'cards.*.name'] };

describe('what is left of a message', () => {
  it('is what is told nowhere else, without what is empty by that', () => {
    const item = { id: '1', text: { body: 'hi', style: 'loud' }, cards: [{ name: 'Bo' }], x: {} };
    expect(leftOver(item, TOLD, { text: 'hi', names: ['Bo'] })).toEqual({
      text: { style: 'loud' },
    });
  });

  it('has a value of a known place that was not understood', () => {
    const item = { id: { odd: 1 }, text: { body: 7 }, cards: [{ name: 'Bo' }, 'odd'] };
    expect(leftOver(item, TOLD, { text: null })).toEqual(item);
  });

  it('tells one place of a list from the others', () => {
    const item = { errors: [{ code: 1 }, { code: 2 }] };
    expect(leftOver(item, TOLD, {})).toEqual({ errors: [{ code: 2 }] });
  });

  it('takes a mended text for the one that it was', () => {
    expect(leftOver({ text: { body: 'a\0\ud83d' } }, TOLD, { text: 'a\ufffd\ufffd' })).toEqual({});
  });

  it('of any JSON never throws', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (item) => {
        leftOver(item, TOLD, item);
      }),
    );
  });
});
