import { describe, expect, it } from '@jest/globals';
import { isTaken, windowState, type AnswerWindow } from '../../src/domain/answer-window.ts';

const DAY = 86_400_000;
const WROTE = 1_000_000;

const whatsapp: AnswerWindow = { freeMs: DAY, afterwards: 'template' };
const instagram: AnswerWindow = { freeMs: DAY, afterwards: 'nothing' };
const human: AnswerWindow = { freeMs: DAY, afterwards: 'human_agent', humanAgentMs: 7 * DAY };

describe('the window for answers', () => {
  it('is always open where the platform has none, also before the first contact', () => {
    expect(windowState(null, null, WROTE)).toEqual({ state: 'always', until: null });
    expect(windowState(null, 0, WROTE)).toEqual({ state: 'always', until: null });
  });

  it.each([
    ['a template', whatsapp, 'template_only'],
    ['nothing', instagram, 'closed'],
    ['a person', human, 'closed'],
  ] as const)('is not open before the customer wrote (afterwards: %s)', (_what, window, state) => {
    expect(windowState(window, null, WROTE)).toEqual({ state, until: null });
  });

  it.each([
    ['open, to the last millisecond', whatsapp, DAY - 1, { state: 'open', until: WROTE + DAY }],
    ['for templates after a day', whatsapp, DAY, { state: 'template_only', until: WROTE + DAY }],
    ['closed after a day', instagram, DAY, { state: 'closed', until: WROTE + DAY }],
    ['for a person after a day', human, DAY, { state: 'human_agent', until: WROTE + 7 * DAY }],
    [
      'for a person to the last millisecond of a week',
      human,
      7 * DAY - 1,
      { state: 'human_agent', until: WROTE + 7 * DAY },
    ],
    ['closed after a week', human, 7 * DAY, { state: 'closed', until: WROTE + DAY }],
  ] as const)('is %s', (_what, window, later, expected) => {
    expect(windowState(window, WROTE, WROTE + later)).toEqual(expected);
  });

  it('lets only templates through where only those are taken, and nothing when it is closed', () => {
    const taken = (state: 'always' | 'open' | 'human_agent' | 'template_only' | 'closed') =>
      ['text', 'image', 'template', 'reaction'].filter((type) =>
        isTaken({ state, until: 0 } as Parameters<typeof isTaken>[0], type),
      );
    expect(taken('always')).toHaveLength(4);
    expect(taken('open')).toHaveLength(4);
    expect(taken('human_agent')).toHaveLength(4);
    expect(taken('template_only')).toEqual(['template']);
    expect(taken('closed')).toEqual([]);
  });
});
