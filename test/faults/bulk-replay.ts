import type { Stage } from './stage.ts';
import { until } from './until.ts';

type Replay = {
  replay_id: string;
  state: string;
  total: number;
  replayed: number;
  skipped: number;
};

export type ReplayRequest = {
  kind: 'webhooks' | 'messages';
  filter?: object;
  rate: number;
};

const PATH = '/api/v1/admin/dlq/replays';

/** Begins to replay all dead letters of the account that a filter names; the replay's id. */
export async function beginReplay(stage: Stage, request: ReplayRequest): Promise<string> {
  return (await post(stage, request, false)).replay_id;
}

/** How many it would replay. */
export async function countReplay(stage: Stage, request: ReplayRequest): Promise<number> {
  return (await post(stage, request, true)).total;
}

async function post(stage: Stage, { kind, filter = {}, rate }: ReplayRequest, dryRun: boolean) {
  const body = { kind, account_id: stage.account.id, filter, rate_per_second: rate };
  const made = await stage.call<Replay>('POST', PATH, { ...body, dry_run: dryRun });
  if (made.status >= 300) throw new Error(`No replay: ${JSON.stringify(made.body)}`);
  return made.body;
}

/** Waits for its end; all that it has counted must have been replayed. */
export async function untilReplayed(stage: Stage, id: string, count: number): Promise<void> {
  let replay: Replay | undefined;
  await until('the replay is done', 600_000, async () => {
    replay = (await stage.call<Replay>('GET', `${PATH}/${id}`)).body;
    return replay.state === 'done';
  });
  if (replay?.replayed !== count || replay.total !== count)
    stage.finding(
      `a replay of ${count}: ${replay?.replayed} replayed, ${replay?.skipped} skipped of ${replay?.total}`,
    );
}

type Letters = { data: unknown[]; next_cursor: string | null };

/** Whether so many dead letters of the kind are in this state. */
export async function countIs(
  stage: Stage,
  kind: ReplayRequest['kind'],
  count: number,
  state: 'open' | 'replaying' = 'open',
): Promise<boolean> {
  let found = 0;
  for (let cursor = ''; ;) {
    const path = `/api/v1/admin/dlq/${kind}?state=${state}&limit=100${cursor}`;
    const { body } = await stage.call<Letters>('GET', path);
    found += body.data.length;
    if (body.next_cursor === null) return found === count;
    cursor = `&cursor=${encodeURIComponent(body.next_cursor)}`;
  }
}
