import { describe, expect, it } from '@jest/globals';
import { createWhatsApp } from '../../../src/channels/whatsapp/index.ts';
import type { MediaContent, OutgoingContent } from '../../../src/domain/outgoing-content.ts';

const { planSend } = createWhatsApp({ apiUrl: 'http://x', appSecrets: [], verifyToken: '' });

function media(more: Partial<MediaContent> = {}): MediaContent {
  return {
    type: 'image',
    url: 'https://files.example/a',
    mediaId: null,
    caption: null,
    fileName: null,
    mimeType: null,
    sizeBytes: null,
    ...more,
  };
}

const whole = (content: OutgoingContent) => ({ parts: [content], conversions: [] });

describe('a text', () => {
  it('of up to 4096 characters goes as it is', () => {
    const text = 'я'.repeat(4096);
    expect(planSend({ type: 'text', text })).toEqual(whole({ type: 'text', text }));
  });

  it('over that goes in parts, cut between graphemes, which say so', () => {
    const text = '👩‍👩‍👧‍👦'.repeat(400);
    const plan = planSend({ type: 'text', text });
    const parts = 'parts' in plan ? plan.parts : [];
    const texts = parts.map((part) => (part.type === 'text' ? part.text : ''));
    expect(texts.join('')).toBe(text);
    expect(texts.map((part) => part.length % '👩‍👩‍👧‍👦'.length)).toEqual([0, 0]);
    for (const part of texts) expect(part.length).toBeLessThanOrEqual(4096);
    expect(plan).toMatchObject({ conversions: [expect.stringContaining('2 parts')] });
  });
});

describe('a file', () => {
  const MB = 1024 * 1024;
  it.each([
    ['image', 5 * MB, ['image/jpeg', 'image/png', 'image/jpg', 'IMAGE/PNG']],
    ['video', 16 * MB, ['video/mp4', 'video/3gpp']],
    ['audio', 16 * MB, ['audio/aac', 'audio/mpeg', 'audio/ogg; codecs=opus']],
    ['document', 100 * MB, ['application/pdf', 'text/plain', 'application/msword']],
  ] as const)('as %s may have %s bytes', (type, sizeBytes, mimeTypes) => {
    for (const mimeType of [null, ...mimeTypes]) {
      const content = media({ type, mimeType, sizeBytes });
      expect(planSend(content)).toEqual(whole(content));
    }
    expect(planSend(media({ type, sizeBytes: sizeBytes + 1 }))).toMatchObject({
      refused: { pointer: '/content/size_bytes', code: 'media_too_large' },
    });
  });

  it.each([
    ['image', 'image/gif'],
    ['image', 'image/webp'],
    ['video', 'video/webm'],
    ['audio', 'audio/wav'],
    ['document', 'application/zip'],
    ['document', 'constructor'],
  ] as const)('as %s may not be %s', (type, mimeType) => {
    expect(planSend(media({ type, mimeType }))).toMatchObject({
      refused: { pointer: '/content/mime_type', code: 'media_type_unsupported' },
    });
  });

  it('keeps a caption of up to 1024 characters', () => {
    const content = media({ caption: 'x'.repeat(1024) });
    expect(planSend(content)).toEqual(whole(content));
  });

  it.each([
    ['too long', { caption: 'x'.repeat(1025) }],
    ['of an audio', { type: 'audio', caption: 'listen' }],
  ] as const)('sends a caption that is %s after it', (_case, more) => {
    const content = media(more);
    expect(planSend(content)).toEqual({
      parts: [
        { ...content, caption: null },
        { type: 'text', text: content.caption },
      ],
      conversions: ['the caption is sent as a text of its own'],
    });
  });

  it('has a caption limit that can be set', () => {
    const options = { apiUrl: 'http://x', appSecrets: [], verifyToken: '', captionUnits: 3 };
    const plan = createWhatsApp(options).planSend(media({ caption: 'four' }));
    expect(plan).toMatchObject({ parts: [{ caption: null }, { text: 'four' }] });
  });
});

describe('the rest', () => {
  it('templates and reactions are one call', () => {
    const template = { type: 'template', name: 'a', language: 'en', components: [] } as const;
    for (const content of [
      { ...template, components: [] },
      { type: 'reaction', emoji: '👍' },
    ])
      expect(planSend(content as OutgoingContent)).toEqual(whole(content as OutgoingContent));
  });

  it('a template that cannot be written down is refused before it waits for ever', () => {
    let components: unknown[] = [];
    for (let depth = 0; depth < 100_000; depth += 1) components = [components];
    const plan = planSend({ type: 'template', name: 'a', language: 'en', components });
    expect(plan).toMatchObject({ refused: { pointer: '/content/components' } });
  });

  it('a message cannot be changed', () => {
    expect(planSend({ type: 'edit', text: 'typo' })).toMatchObject({
      refused: { pointer: '/content/type', code: 'content_unsupported' },
    });
  });
});
