import { describe, expect, it } from '@jest/globals';
import {
  actsUponAnother,
  MEDIA_TYPES,
  textOf,
  type OutgoingContent,
} from '../../src/domain/outgoing-content.ts';

const media = (caption: string | null): OutgoingContent => ({
  type: 'image',
  url: 'https://x.example/1.png',
  mediaId: null,
  caption,
  fileName: 'name.png',
  mimeType: null,
  sizeBytes: null,
});

describe('the words of what is sent', () => {
  it.each([
    ['a text', { type: 'text', text: 'hello' }, 'hello'],
    ['an edit', { type: 'edit', text: 'better' }, 'better'],
    ['a caption', media('look'), 'look'],
    ['a file without one', media(null), null],
    ['a reaction', { type: 'reaction', emoji: '👍🏽' }, '👍🏽'],
    ['a reaction taken back', { type: 'reaction', emoji: null }, null],
    ['a template', { type: 'template', name: 'n', language: 'en', components: [] }, null],
  ] as [string, OutgoingContent, string | null][])('are of %s', (_what, content, words) => {
    expect(textOf(content)).toBe(words);
  });

  it('belong to a message of its own, unless it reacts or edits', () => {
    for (const type of ['text', 'template', ...MEDIA_TYPES])
      expect(actsUponAnother({ type })).toBe(false);
    expect(['reaction', 'edit'].every((type) => actsUponAnother({ type }))).toBe(true);
  });
});
