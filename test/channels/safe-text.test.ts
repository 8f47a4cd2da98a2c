import { describe, expect, it } from '@jest/globals';
import { safeText } from '../../src/channels/safe-text.ts';

const shown = (text: string, hide: string[] = []) => safeText(text, hide, 'Instagram');

describe('what is shown of a platform’s text', () => {
  it('holds no token, text, id or phone number', () => {
    const token = 'IGAAabcDEF012345678901234567890';
    const hide = [token, '9123456789012345', 'my secret text'];
    const text = `Malformed access token ${token}: "my secret text" to 9123456789012345, +5511999998888, EAAB0123456789abcdefghij`;
    expect(shown(text, hide)).toBe('Malformed access token …: "…" to …, +…, …');
  });

  it('holds nothing of a text that has another hidden string in it, whichever comes first', () => {
    const hide = ['4711', 'my number is 4711, call me'];
    for (const order of [hide, hide.toReversed()])
      expect(shown('Bad body: "my number is 4711, call me" to 4711', order)).toBe(
        'Bad body: "…" to …',
      );
  });

  it.each(['+55 11 98765-0042', '+1 (650) 555-7777', '+49.151.12345', '+5511987650042'])(
    'holds no number written like %s',
    (number) =>
      expect(shown(`Recipient (${number}) is not allowed.`)).toBe('Recipient (+…) is not allowed.'),
  );

  it('keeps links to the documentation, error numbers, dates and small numbers', () => {
    const text =
      '(#10) See https://developers.facebook.com/docs/messenger-platform/policy-overview';
    expect(shown(text)).toBe(text);
    const dated = 'Paused until 2026-11-21 (in +24 hours): 3 of 80.';
    expect(shown(dated)).toBe(dated);
  });

  it('is at most 300 characters, of one line, and never empty', () => {
    expect(Array.from(shown('😀'.repeat(400)))).toHaveLength(300);
    expect(shown('a\r\n\0b\ud83d')).toBe('a b\ufffd');
    expect(shown('')).toBe('Instagram gave no text.');
  });
});
