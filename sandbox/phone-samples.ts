import type { Phone, PhoneSample } from './phone.ts';

/** What somebody does in a chat with one tap of the page, by its name. */
export type Acts<T> = Record<string, (thread: T) => void>;

/** The part of a phone that offers these acts and plays them; `threadOf` finds or begins a chat. */
export function playActs<T>(
  acts: Record<PhoneSample['by'], Acts<T>>,
  threadOf: (customerId: string) => T,
): Required<Pick<Phone, 'samples' | 'playSample'>> {
  return {
    samples: () =>
      (['customer', 'owner'] as const).flatMap((by) =>
        Object.keys(acts[by]).map((name) => ({ by, name })),
      ),
    playSample(customerId, { by, name }) {
      // Own members only: `constructor` is a name that somebody could send.
      if (Object.hasOwn(acts[by], name)) acts[by][name]?.(threadOf(customerId));
    },
  };
}

/** An act upon the newest such message; without one it does nothing. */
export function onNewest<M, T extends { messages: M[] }>(
  isWanted: (message: M) => boolean,
  act: (thread: T, message: M) => void,
): (thread: T) => void {
  return (thread) => {
    const message = thread.messages.findLast(isWanted);
    if (message) act(thread, message);
  };
}
