import { errorClass, type Logger } from './logger.ts';

/** Everything must be over within 20 s: what still hangs by now is cut off. */
const LAST_RESORT_MS = 17_000;

const SAME_SIGNAL_MS = 1_000;

/** Closes a process in order on SIGTERM or SIGINT; a second signal does not wait. */
export function closeOnSignal(logger: Logger, close: () => Promise<void>): void {
  let closingSince: number | undefined;
  const onSignal = async (signal: NodeJS.Signals): Promise<void> => {
    if (closingSince !== undefined) {
      // One Ctrl-C comes more than once: from the terminal, from npm, from the script that runs us.
      if (performance.now() - closingSince < SAME_SIGNAL_MS) return;
      process.exit(1);
    }
    closingSince = performance.now();
    logger.info('shutting down', { reason: signal });
    // A frozen server can hold the SDK's own shutdown for longer than anybody waits.
    setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
    try {
      await close();
      process.exit(0);
    } catch (error) {
      logger.error('shutting down failed', errorClass(error));
      process.exit(1);
    }
  };
  process.on('SIGTERM', (signal) => void onSignal(signal));
  process.on('SIGINT', (signal) => void onSignal(signal));
}

/** Runs a process's start; what prevents it is one line for a person, not a stack. */
export async function startOrExit(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
