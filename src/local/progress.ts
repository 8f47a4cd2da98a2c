/** A step of the start as it is shown to a person. */
export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>;

/**
 * Shows what takes longer than a second: the title when that second is over, then the seconds
 * that went by. Quick steps print nothing. On something that is not a terminal (CI, a log file)
 * a line is written every ten seconds instead of one that is rewritten.
 */
export function createStep(out: NodeJS.WriteStream = process.stderr): Step {
  return async (title, work) => {
    const started = Date.now();
    let shown = 0;
    const timer = setInterval(() => {
      const seconds = Math.round((Date.now() - started) / 1000);
      if (out.isTTY) out.write(`\r${title} … ${seconds} s`);
      else if (shown === 0 || seconds % 10 === 0) out.write(`${title} … ${seconds} s\n`);
      shown += 1;
    }, 1000);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      if (shown > 0) {
        const seconds = ((Date.now() - started) / 1000).toFixed(1);
        out.write(`${out.isTTY ? '\r' : ''}${title} … took ${seconds} s\n`);
      }
    }
  };
}
