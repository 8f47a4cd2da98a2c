import { describe, expect, it } from '@jest/globals';
import { inCharset } from '../../../src/crm/mysql/charset.ts';

describe("a text in a column's charset", () => {
  it.each([
    ['latin1', 'Grüße, 5 € Привет 👍', 'Grüße, 5 € ?????? ?'],
    ['cp1251', 'Привет, Grüße 👍', 'Привет, Gr??e ?'],
    ['ascii', 'né 👍', 'n? ?'],
    ['utf8mb3', 'Привет 👍', 'Привет \uFFFD'],
    ['utf8mb4', 'Привет 👍', 'Привет 👍'],
    ['big5', 'Привет 👍', 'Привет 👍'],
  ])('keeps what it has, and marks the place of what it has not: %s', (charset, text, expected) => {
    expect(inCharset(text, charset)).toBe(expected);
    expect(inCharset(expected, charset)).toBe(expected);
  });
});
