import { describe, expect, it } from '@jest/globals';
import { byValue, eitherOr, inCase, needs, without } from '../../src/api/member-rules.ts';

describe('rules between members, in the document', () => {
  it('are written with the words of JSON Schema', () => {
    expect(Object.keys(inCase({}, {}, {}))).toEqual(['if', 'then', 'else']);
    expect(Object.keys(inCase({}, {}))).toEqual(['if', 'then']);
  });

  it('say that one member stands alone, or the others stand together', () => {
    expect(eitherOr('conversation_id', ['account_id', 'recipient'])).toEqual(
      inCase(
        { required: ['conversation_id'] },
        { properties: { account_id: false, recipient: false } },
        { required: ['account_id', 'recipient'] },
      ),
    );
  });

  it('say that a member needs another one', () => {
    expect(needs('overlap', 'secret')).toEqual({ dependentRequired: { overlap: ['secret'] } });
  });

  it('say what each value of a member asks for; the first also where it is left out', () => {
    const [first, second] = [{ required: ['a'] }, { required: ['b'] }];
    expect(byValue('channel', [['one', first] as const, ['two', second] as const])).toEqual(
      inCase({ properties: { channel: { const: 'two' } }, required: ['channel'] }, second, first),
    );
  });

  it('hide no member of the schema that they are spread into', () => {
    const rule = { required: ['a'], ...without([]) };
    expect(byValue('channel', [['one', rule] as const])).toEqual({ required: ['a'] });
  });
});
