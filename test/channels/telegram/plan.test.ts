import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MediaContent, OutgoingContent } from '../../../src/domain/outgoing-content.ts';
import { planSend } from '../../../src/channels/telegram/plan.ts';

function media(more: Partial<MediaContent> & Pick<MediaContent, 'type'>): MediaContent {
  const nothing = { mediaId: null, caption: null, fileName: null, mimeType: null, sizeBytes: null };
  return { url: 'https://cdn.example/file', ...nothing, ...more };
}

function partsOf(content: OutgoingContent): OutgoingContent[] {
  const plan = planSend(content);
  if ('refused' in plan) throw new Error(plan.refused.detail);
  return plan.parts;
}

const text = (content: OutgoingContent) => (content.type === 'text' ? content.text : '');

describe('a text', () => {
  it('is one part up to 4096 UTF-16 units, where an emoji counts two', () => {
    for (const whole of ['x'.repeat(4096), '😀'.repeat(2048)])
      expect(partsOf({ type: 'text', text: whole })).toEqual([{ type: 'text', text: whole }]);
    for (const more of ['x'.repeat(4097), '😀'.repeat(2049), `${'x'.repeat(4095)}😀`])
      expect(partsOf({ type: 'text', text: more })).toHaveLength(2);
  });

  it('of any characters is split into parts that fit, join to it, and cut no pair', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (unit) => {
        const whole = unit.repeat(Math.ceil(9000 / unit.length));
        const parts = partsOf({ type: 'text', text: whole }).map(text);
        expect(parts.join('')).toBe(whole);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(4096);
          expect(part.isWellFormed()).toBe(whole.isWellFormed());
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('a file', () => {
  it('keeps a caption of 1024 UTF-16 units, and a longer one is a text after it', () => {
    const short = media({ type: 'image', caption: '😀'.repeat(512) });
    expect(partsOf(short)).toEqual([short]);
    const long = media({ type: 'image', caption: `${'😀'.repeat(512)}!` });
    expect(planSend(long)).toEqual({
      parts: [
        { ...long, caption: null },
        { type: 'text', text: long.caption },
      ],
      conversions: [expect.stringContaining('caption')],
    });
    expect(partsOf(media({ type: 'video', caption: 'x'.repeat(5000) }))).toHaveLength(3);
  });

  it.each([
    ['image', 5],
    ['video', 20],
    ['audio', 20],
    ['document', 20],
  ] as const)('of type %s may have %s MB by its address and any size by its handle', (type, mb) => {
    const sizeBytes = mb * 1024 * 1024;
    const pdf = type === 'document' ? { mimeType: 'application/pdf' } : {};
    expect(partsOf(media({ type, sizeBytes, ...pdf }))).toHaveLength(1);
    expect(planSend(media({ type, sizeBytes: sizeBytes + 1, ...pdf }))).toEqual({
      refused: { pointer: '/content/url', code: 'media_too_large', detail: expect.any(String) },
    });
    const known = media({ type, sizeBytes: sizeBytes * 9, url: null, mediaId: 'AgAC' });
    expect(partsOf(known)).toEqual([known]);
  });

  it('of another kind than its type says is refused', () => {
    const odd = [
      media({ type: 'image', mimeType: 'video/mp4' }),
      media({ type: 'audio', mimeType: 'text/html' }),
    ];
    for (const content of odd)
      expect(planSend(content)).toMatchObject({
        refused: { pointer: '/content/mime_type', code: 'media_type_unsupported' },
      });
    for (const mimeType of ['IMAGE/PNG; q=1', 'application/octet-stream', ''])
      expect(partsOf(media({ type: 'image', mimeType }))).toHaveLength(1);
  });

  it('that Telegram does not fetch goes as a link', () => {
    const sheet = media({
      type: 'document',
      fileName: 'prices.xlsx',
      url: 'https://cdn.example/a/1',
    });
    expect(planSend(sheet)).toEqual({
      parts: [{ type: 'text', text: 'prices.xlsx\nhttps://cdn.example/a/1' }],
      conversions: [expect.stringContaining('link')],
    });
    expect(partsOf({ ...sheet, caption: 'Our prices' })).toEqual([
      { type: 'text', text: 'Our prices\nhttps://cdn.example/a/1' },
    ]);
    const handle = { ...sheet, url: null, mediaId: 'BQAC' };
    expect(partsOf(handle)).toEqual([handle]);
  });

  it.each([
    [{ mimeType: 'application/pdf' }],
    [{ mimeType: 'application/zip; charset=x' }],
    [{ mimeType: 'application/octet-stream', fileName: 'a.PDF' }],
    [{ url: 'https://cdn.example/a.pdf?x=1.docx' }],
    [{ url: 'https://cdn.example/download.php?id=1' }],
    [{}],
  ])('that Telegram fetches, or may fetch, goes as a document: %j', (more) => {
    const document = media({ type: 'document', ...more });
    expect(partsOf(document)).toEqual([document]);
  });
});

describe('a reaction', () => {
  it.each(['👍', '❤️', '❤', '👍🏽', '🤷‍♂️', '👨‍💻', null])('%s may be given', (emoji) => {
    expect(partsOf({ type: 'reaction', emoji })).toHaveLength(1);
  });

  it('loses its skin tone, and says so', () => {
    const plan = planSend({ type: 'reaction', emoji: '🙏🏿' });
    expect(plan).toMatchObject({ conversions: [expect.stringContaining('skin tone')] });
    expect(planSend({ type: 'reaction', emoji: '❤️' })).toMatchObject({ conversions: [] });
  });

  it.each(['🦷', 'x', '', '👍👍'])('%j is none of Telegram’s', (emoji) => {
    expect(planSend({ type: 'reaction', emoji })).toMatchObject({
      refused: { pointer: '/content/emoji', code: 'content_unsupported' },
    });
  });
});

it('an edit is one call or none', () => {
  expect(partsOf({ type: 'edit', text: 'x'.repeat(4096) })).toHaveLength(1);
  expect(planSend({ type: 'edit', text: 'x'.repeat(4097) })).toMatchObject({
    refused: { pointer: '/content/text' },
  });
  expect(partsOf({ type: 'edit', text: 'x'.repeat(1024), caption: true })).toHaveLength(1);
  expect(planSend({ type: 'edit', text: 'x'.repeat(1025), caption: true })).toMatchObject({
    refused: { pointer: '/content/text', code: 'content_unsupported' },
  });
});

it('a template is refused', () => {
  const template = { type: 'template' as const, name: 'a', language: 'en', components: [] };
  expect(planSend(template)).toMatchObject({
    refused: { pointer: '/content/type', code: 'content_unsupported' },
  });
});
