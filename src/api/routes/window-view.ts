import type { z } from 'zod';
import { windowState, type AnswerWindow } from '../../domain/answer-window.ts';
import type { CanSend } from './conversation-schemas.ts';

/** What the window of a channel allows now, as answers show it. */
export function presentWindow(
  window: AnswerWindow | null,
  customerWroteAt: Date | null,
): z.output<typeof CanSend> {
  const { state, until } = windowState(window, customerWroteAt?.getTime() ?? null, Date.now());
  return { window: state, until: until === null ? null : new Date(until).toISOString() };
}
