/** Runs a piece of work over and over, never twice at a time. */
export type Repeater = {
  start(): void;
  /** Runs at once, or once more when it is running. */
  runNow(): void;
  stop(): Promise<void>;
};

/** `work` must not throw: it knows best what its failure means. */
export function createRepeater(everyMs: number, work: () => Promise<void>): Repeater {
  let stopped = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  function run(): void {
    clearTimeout(timer);
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    running = work().finally(() => {
      running = undefined;
      if (again) {
        again = false;
        run();
      } else if (!stopped) timer = setTimeout(run, everyMs);
    });
  }

  return {
    start() {
      timer = setTimeout(run, everyMs);
    },
    runNow: run,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
