import { describe, expect, it } from '@jest/globals';
import { compareMirror, type ExpectedRow, type FoundRow } from '../../src/domain/mirror-check.ts';

const expected = (messageId: string, given: Partial<ExpectedRow> = {}): ExpectedRow => ({
  ...{ messageId, direction: 'in', day: '2026-11-21', state: 'written', fingerprint: messageId },
  ...given,
});
const found = (fingerprints: string[], given: Partial<FoundRow> = {}): FoundRow => ({
  ...{ direction: 'in', day: '2026-11-21', fingerprints },
  ...given,
});

describe('the comparison of both sides', () => {
  it('finds nothing where every row is there, by either of its fingerprints', () => {
    const { days, missing } = compareMirror(
      [expected('a'), expected('b')],
      [found(['other', 'b']), found(['a'])],
    );
    expect(missing).toEqual([]);
    expect(days).toMatchObject([{ written: 2, found: 2, missing: 0 }]);
  });

  it('wants as many equal rows as were written', () => {
    const same = { fingerprint: 'ok' };
    const { missing } = compareMirror(
      [expected('a', same), expected('b', same), expected('c', same)],
      [found(['ok']), found(['ok'])],
    );
    expect(missing).toEqual(['c']);
  });

  it('does not miss what was not written, and counts rows of others', () => {
    const { days, missing } = compareMirror(
      [
        expected('a', { state: 'waiting', fingerprint: null }),
        expected('b', { state: 'dead', fingerprint: null }),
      ],
      [found(['theirs'], { direction: 'out' })],
    );
    expect(missing).toEqual([]);
    expect(days).toEqual([
      {
        ...{ day: '2026-11-21', direction: 'in', written: 0, waiting: 1, dead: 1 },
        ...{ found: 0, missing: 0 },
      },
      {
        ...{ day: '2026-11-21', direction: 'out', written: 0, waiting: 0, dead: 0 },
        ...{ found: 1, missing: 0 },
      },
    ]);
  });
});
