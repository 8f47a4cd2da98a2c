import { describe, expect, it } from '@jest/globals';
import { planSend } from '../../../src/channels/instagram/plan.ts';
import type {
  MediaContent,
  MediaType,
  OutgoingContent,
} from '../../../src/domain/outgoing-content.ts';

const MB = 1024 * 1024;

function media(type: MediaType, given: Partial<MediaContent> = {}): MediaContent {
  return {
    type,
    url: 'https://shop.example/file',
    mediaId: null,
    caption: null,
    fileName: null,
    mimeType: null,
    sizeBytes: null,
    ...given,
  };
}

describe('what Instagram would be asked', () => {
  it('is one call for a short text, a file and a reaction', () => {
    const contents: OutgoingContent[] = [
      { type: 'text', text: 'hello' },
      media('image'),
      media('document', { url: null, mediaId: '17' }),
      { type: 'reaction', emoji: '❤️' },
      { type: 'reaction', emoji: null },
    ];
    for (const content of contents)
      expect(planSend(content)).toEqual({ parts: [content], conversions: [] });
  });

  it('is several for a text over 1000 bytes, which it says', () => {
    const plan = planSend({ type: 'text', text: 'я'.repeat(1100) });
    if (!('parts' in plan)) throw new Error('it was refused');
    expect(plan.parts).toHaveLength(3);
    for (const part of plan.parts)
      expect(Buffer.byteLength('text' in part ? part.text : '')).toBeLessThanOrEqual(1000);
    expect(plan.conversions).toEqual(['the text is sent in 3 parts of at most 1000 bytes']);
  });

  it('is the file and then its words, which it says', () => {
    expect(planSend(media('video', { caption: 'look' }))).toEqual({
      parts: [media('video'), { type: 'text', text: 'look' }],
      conversions: ['the caption is sent as a text of its own'],
    });
    const long = planSend(media('image', { caption: 'x'.repeat(1001) }));
    expect(long).toMatchObject({
      parts: [{ type: 'image' }, { type: 'text' }, { type: 'text' }],
      conversions: [expect.stringContaining('of its own'), expect.stringContaining('2 parts')],
    });
  });

  it.each([
    ['image', 'image/webp'],
    ['image', 'application/pdf'],
    ['audio', 'audio/ogg'],
    ['video', 'video/x-matroska'],
    ['document', 'application/zip'],
  ] as const)('is refused for an %s of the type %s', (type, mimeType) => {
    expect(planSend(media(type, { mimeType }))).toMatchObject({
      refused: { pointer: '/content/mime_type', code: 'media_type_unsupported' },
    });
  });

  it.each([
    ['image', 'image/PNG', 8 * MB],
    ['image', 'image/jpg', 8 * MB],
    ['audio', 'audio/mp4; codecs=mp4a.40.2', 25 * MB],
    ['audio', 'audio/mp4', 25 * MB],
    ['video', 'video/quicktime', 25 * MB],
    ['document', 'application/pdf', 25 * MB],
  ] as const)('takes an %s of the type %s up to %d bytes', (type, mimeType, sizeBytes) => {
    expect(planSend(media(type, { mimeType, sizeBytes }))).toMatchObject({ conversions: [] });
    expect(planSend(media(type, { mimeType, sizeBytes: sizeBytes + 1 }))).toMatchObject({
      refused: { pointer: '/content/size_bytes', code: 'media_too_large' },
    });
  });

  it.each([
    { type: 'template', name: 'n', language: 'en', components: [] },
    { type: 'edit', text: 'better' },
  ] as OutgoingContent[])('is nothing for $type', (content) => {
    expect(planSend(content)).toMatchObject({
      refused: { pointer: '/content/type', code: 'content_unsupported' },
    });
  });
});
