/** Something that was started. */
export type Part = { close(): Promise<void> };

/** What was started, to be closed in the opposite order. */
export type Running = {
  /** Starts a part and keeps it. Throws {@link StoppedError} when everything is being closed. */
  start<T extends Part>(begin: () => Promise<T>): Promise<T>;
  /** Closes everything, the newest first; a part that fails does not keep the others open. */
  close(): Promise<void>;
  /** Asks all that is left to end, without waiting for anything: servers get their signal. */
  abandon(): void;
};

/** The start was broken off by a signal; nothing to be told to anybody. */
export class StoppedError extends Error {}

/** Past this the process ends whatever still hangs; orderly ends take well under a second. */
const LAST_RESORT_MS = 18_000;
/** npm, its shell and the terminal each pass on the same Ctrl-C. */
const SAME_SIGNAL_MS = 1000;

export function createRunning(): Running {
  const parts: Part[] = [];
  let starting: Promise<unknown> | undefined;
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    // A server that is just starting is not known yet, and would be left behind.
    await starting?.catch(() => undefined);
    for (let part = parts.pop(); part; part = parts.pop()) {
      await part.close().catch((error: unknown) => {
        process.stderr.write(`While closing: ${String(error)}\n`);
      });
    }
  }

  return {
    async start(begin) {
      if (closing) throw new StoppedError();
      const work = begin().then((part) => (parts.push(part), part));
      starting = work;
      return work;
    },
    close: () => (closing ??= closeAll()),
    abandon() {
      for (const part of parts.splice(0).reverse()) void part.close().catch(() => undefined);
    },
  };
}

/**
 * Ctrl-C, SIGTERM or the end of the terminal closes everything and ends with exit code 0; a second
 * Ctrl-C, or a part that hangs, ends at once with exit code 1.
 */
export function closeOnSignal(running: Running): void {
  let first: number | undefined;
  const force = () => {
    running.abandon();
    process.exit(1);
  };
  const onSignal = () => {
    if (first !== undefined) {
      if (Date.now() - first > SAME_SIGNAL_MS) force();
      return;
    }
    first = Date.now();
    process.stderr.write('\nStopping …\n');
    setTimeout(force, LAST_RESORT_MS).unref();
    void running.close().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}
