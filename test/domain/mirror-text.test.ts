import { describe, expect, it } from '@jest/globals';
import { mirrorText, type MirroredContent } from '../../src/domain/mirror-text.ts';

describe('the text of a message in the CRM’s table', () => {
  it.each<[Partial<MirroredContent> & { type: string }, string]>([
    [{ type: 'text', text: 'hello' }, 'hello'],
    [{ type: 'image', text: 'a caption' }, 'a caption'],
    [{ type: 'image', text: null }, '[image]'],
    [{ type: 'video', text: '' }, '[video]'],
    [{ type: 'something_new', text: null }, '[something_new]'],
    [{ type: 'text', text: 'hello', deleted: true }, '[deleted]'],
  ])('is the words, the caption, or what it is: %j', (given, expected) => {
    expect(mirrorText({ text: null, deleted: false, ...given })).toBe(expected);
  });
});
