import type { RunningCopy } from './running-copy.ts';
import type { Toolbox } from './toolbox.ts';

/** One public tool, and what is done with it. */
export type Part = {
  name: string;
  /** What runs, with its version. */
  title: string;
  /** Programs that have to be on the PATH. */
  needs: string[];
  /** Resolves with what it came to, in a few words. Throws what a reader of the table should know. */
  run(place: Place): Promise<string>;
};

/** Where a part works: a running copy, and a folder of its own that is removed afterwards. */
export type Place = { copy: RunningCopy; folder: string; tools: Toolbox };
