import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { openOperatorStand, type OperatorCase, type OperatorStand } from './stand.ts';

/** A test for each case, all beside each other: they are of different runs, and most of it is waiting. */
export function playCases(
  cases: readonly OperatorCase[],
  options: Parameters<typeof openOperatorStand>[0],
): void {
  let stand: OperatorStand;
  beforeAll(async () => void (stand = await openOperatorStand(options)), 120_000);
  afterAll(() => stand?.close(), 60_000);

  describe('what an operator does to a run comes to what docs/operations.md says:', () => {
    it.concurrent.each(cases.map((each) => [each.run, each.command, each] as const))(
      '%s: %s',
      (_run, _command, { play }) => play(stand),
      150_000,
    );
  });
}
