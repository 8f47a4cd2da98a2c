import { describe, expect, it } from '@jest/globals';
import { parseMultipart } from '../../sandbox/multipart.ts';

const TYPE = 'multipart/form-data; boundary=xyz';

/** A body with one file, whose disposition is written as given. */
function body(disposition: string, content: string | Buffer = 'hello'): Buffer {
  return Buffer.concat([
    Buffer.from(`--xyz\r\nContent-Disposition: form-data; ${disposition}\r\n`),
    Buffer.from('Content-Type: text/plain\r\n\r\n'),
    Buffer.from(content),
    Buffer.from('\r\n--xyz--\r\n'),
  ]);
}

describe('an upload', () => {
  it.each([
    ['name="f"; filename="a b.txt"', 'a b.txt'],
    ['name="f"; filename=my report.txt', 'my report.txt'],
    ['name=f;filename=price (1).pdf', 'price (1).pdf'],
    ['name="f"; filename=été 価格.txt', 'été 価格.txt'],
    ['name="f"; filename="été 価格.txt"', 'été 価格.txt'],
    ['name="f"; filename="%D1%84.txt"', 'ф.txt'],
    ['name="f"; filename="100%.txt"', '100%.txt'],
    [String.raw`name="f"; filename="a \"b\".txt"`, 'a "b".txt'],
    ['name="f"; filename="a;b=c.txt"', 'a;b=c.txt'],
    ['name="f"; filename*=UTF-8\'\'na%C3%AFve.txt', 'naïve.txt'],
    ['filename="a.txt"; name="f"', 'a.txt'],
  ])('with %s keeps its name and its bytes', async (disposition, name) => {
    const file = parseMultipart(body(disposition), TYPE)?.get('f') as File;
    expect([file.name, file.type, await file.text()]).toEqual([name, 'text/plain', 'hello']);
  });

  it('keeps bytes that look like a boundary or are no text', async () => {
    const bytes = Buffer.from('\r\n--xy\r\n\u0000--xyz--', 'latin1');
    const binary = Buffer.concat([bytes, Buffer.from([0xff, 0xfe, 0x0d, 0x0a])]);
    const file = parseMultipart(body('name="f"; filename="a"', binary), TYPE)?.get('f');
    expect(Buffer.from(await (file as File).arrayBuffer())).toEqual(binary);
  });

  it('has fields beside its files, and reads a quoted boundary', () => {
    const form = parseMultipart(body('name="f"'), 'multipart/form-data; boundary="xyz"');
    expect(form?.get('f')).toBe('hello');
    expect([...(parseMultipart(Buffer.from('--xyz--\r\n'), TYPE) ?? [['none']])]).toEqual([]);
  });

  it('is refused without a boundary, an end, or a name', () => {
    expect(parseMultipart(body('name="f"'), 'multipart/form-data')).toBeUndefined();
    expect(parseMultipart(body('name="f"').subarray(0, -10), TYPE)).toBeUndefined();
    expect(parseMultipart(body('filename="a"'), TYPE)).toBeUndefined();
    expect(parseMultipart(Buffer.from('{}'), TYPE)).toBeUndefined();
  });
});
