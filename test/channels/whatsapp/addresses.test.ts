import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  isGroup,
  parseRecipient,
  recipientOf,
  variantsOf,
} from '../../../src/channels/whatsapp/addresses.ts';
import { GROUP_ID, USER_ID } from './payloads.ts';

describe('a recipient', () => {
  it.each([
    ['+55 (31) 98765-4321', '5531987654321', ['553187654321']],
    ['553187654321', '553187654321', ['5531987654321']],
    ['0055 11 91234 5678', '5511912345678', []],
    [' +1 650.555.1234 ', '16505551234', []],
    ['+52 1 55 1234 5678', '5215512345678', ['525512345678']],
    ['525512345678', '525512345678', ['5215512345678']],
    ['+54 9 11 1234-5678', '5491112345678', ['541112345678']],
    ['541112345678', '541112345678', ['5491112345678']],
    [USER_ID, USER_ID, []],
    ['US.ENT.11815799212886844830', 'US.ENT.11815799212886844830', []],
    [GROUP_ID, GROUP_ID, []],
    ['120363040468224422', '120363040468224422', []],
  ])('%j is %s', (given, externalId, aliases) => {
    expect(parseRecipient(given)).toEqual({ externalId, aliases });
  });

  it.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['a national number', '0151 23456789'],
    ['too short', '+12345'],
    ['too long for a number', '+1234567890123456'],
    ['letters', 'ana'],
    ['a username', '@ana'],
    ['markup', '<b>+16505551234</b>'],
    ['two lines', '16505551234\n16505551235x'],
    ['other digits', '١٦٥٠٥٥٥١٢٣٤'],
  ])('is not %s', (_case, given) => {
    expect(parseRecipient(given)).toBeNull();
  });

  it('of Brazil has the ninth digit only where it is a mobile number', () => {
    expect(variantsOf('551131234567')).toEqual([]); // a landline
    expect(variantsOf('5511931234567')).toEqual([]); // never had eight digits
    expect(variantsOf('5531987654321')).toEqual(['553187654321']);
  });

  it('and its variant are each other’s variants', () => {
    const country = fc.constantFrom('55', '52', '54');
    const rest = fc.stringMatching(/^[1-9]\d{9,10}$/);
    fc.assert(
      fc.property(country, rest, (code, digits) => {
        for (const variant of variantsOf(code + digits))
          expect(variantsOf(variant)).toEqual([code + digits]);
      }),
      { numRuns: 2000 },
    );
  });

  it('that is read is read again from what it became', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (given) => {
        const address = parseRecipient(given);
        if (!address) return;
        expect(parseRecipient(address.externalId)).toEqual(address);
      }),
      { numRuns: 2000 },
    );
  });

  it('is written with + so that no country code is put before it', () => {
    expect(recipientOf('16505551234')).toEqual({
      recipient_type: 'individual',
      to: '+16505551234',
    });
    expect(recipientOf(USER_ID)).toEqual({ recipient_type: 'individual', recipient: USER_ID });
    expect(recipientOf(GROUP_ID)).toEqual({ recipient_type: 'group', to: GROUP_ID });
  });

  it('is a group where it is neither a number nor a person', () => {
    expect([GROUP_ID, '120363040468224422', '16505551234', USER_ID].map(isGroup)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
