import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readVcard } from '../../src/channels/vcard.ts';

const card = (...lines: string[]) => ['BEGIN:VCARD', ...lines, 'END:VCARD'].join('\r\n');

describe('a vCard', () => {
  it('of today is read', () => {
    const read = readVcard(
      card(
        'VERSION:4.0',
        'FN:Bob\\, the Builder',
        'ORG:Cups\\; Inc.;Sales',
        'TITLE:Head',
        'BDAY:1980-05-01',
        'TEL;TYPE=work,voice;VALUE=uri:tel:+49-170-1',
        'item1.EMAIL;TYPE=WORK:bob@cups.example',
        'URL:https://cups.example/a:b',
        'ADR;TYPE=home:;;Main St 1;Berlin;;10115;Germany',
      ),
    );
    expect(read).toEqual({
      name: 'Bob, the Builder',
      company: 'Cups; Inc.',
      department: 'Sales',
      job_title: 'Head',
      birthday: '1980-05-01',
      phones: [{ number: '+49-170-1', type: 'work', platform_id: null }],
      emails: [{ email: 'bob@cups.example', type: 'work' }],
      urls: [{ url: 'https://cups.example/a:b', type: null }],
      addresses: [
        {
          street: 'Main St 1',
          city: 'Berlin',
          state: null,
          zip: '10115',
          country: 'Germany',
          type: 'home',
        },
      ],
    });
  });

  it('of an old phone is read: folded, quoted, with bare types', () => {
    const read = readVcard(
      card(
        'FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=84nne=',
        ' M=C3=BCller',
        'TEL;CELL;PREF:+49 170 1',
        'EMAIL;INTERNET:anne@a-very-long-na',
        ' me.example',
      ),
    );
    expect(read).toMatchObject({
      name: 'Änne Müller',
      phones: [{ number: '+49 170 1', type: 'cell' }],
      emails: [{ email: 'anne@a-very-long-name.example', type: null }],
    });
  });

  it.each(['', 'x', 'BEGIN:VCARD', 'TEL', ':', ';:;:', 'FN;X="a:b";Y:ok'])(
    'that is odd says what it can: %j',
    (text) => {
      expect(readVcard(text)).toMatchObject({ phones: [], emails: [] });
    },
  );

  it('whatever is in it never throws', () => {
    const unit = fc.constantFrom(...'";:=\\\n\r,. aÄ\0\ud83d');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 300 }), (text) => {
        readVcard(`TEL;${text}\nADR:${text}\nFN;QUOTED-PRINTABLE:${text}`);
      }),
    );
  });
});
