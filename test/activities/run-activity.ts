import { MockActivityEnvironment } from '@temporalio/testing';

/** Runs an activity as a worker would, in an environment of its own unless one is given. */
export function runActivity<Input, Result>(
  activity: (input: Input) => Promise<Result>,
  input: Input,
  environment = new MockActivityEnvironment(undefined, { logger: SILENT }),
): Promise<Result> {
  return environment.run<[Input], Result, typeof activity>(activity, input);
}

/** The SDK reports each failed activity; here failures are what is tested. */
const quiet = () => undefined;
const SILENT = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
