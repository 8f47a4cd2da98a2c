import {
  type Call,
  type DriverEntry,
  openJournal,
  readJournals,
  type StateEntry,
} from './journal.ts';
import type { Stage } from './stage.ts';
import { inParallel } from './until.ts';

type Status = { status: string; possible_duplicate: boolean };
type Letter = { subject_id: string; state: string };

/** Writes down what the sandbox received and what the public API says, once all is over. */
export async function collect(stage: Stage): Promise<void> {
  await collectLedger(stage, 'instagram', 'platform');
  await collectLedger(stage, 'crm', 'crm');
  const states = openJournal<StateEntry>(stage.folder, 'states');
  const accepted = readJournals(stage.folder).driver.filter(
    (each): each is Extract<DriverEntry, { kind: 'accepted' }> => each.kind === 'accepted',
  );
  await inParallel(accepted, 8, async ({ messageId }) => {
    const answer = await stage.call<Status>('GET', `/api/v1/messages/${messageId}/status`);
    if (answer.status !== 200 && answer.status !== 404)
      throw new Error(`The status of a message was answered with ${answer.status}`);
    const found = answer.status === 200;
    states.write({
      kind: 'message',
      messageId,
      status: found ? answer.body.status : null,
      possibleDuplicate: found && answer.body.possible_duplicate,
    });
  });
  for (const kind of ['message', 'webhook'] as const)
    for (const letter of await deadLetters(stage, kind))
      states.write({
        kind: 'dead_letter',
        of: kind,
        subjectId: letter.subject_id,
        state: letter.state,
      });
  states.close();
}

async function collectLedger(
  stage: Stage,
  side: 'instagram' | 'crm',
  name: 'platform' | 'crm',
): Promise<void> {
  const path = side === 'crm' ? '/crm/webhooks' : '/messages';
  const url = `/${side}/received?method=POST&path=${path}`;
  const { data } = await stage.control<{ data: Call[] }>('GET', url);
  const journal = openJournal<Call>(stage.folder, name);
  for (const { path: at, headers, body, raw, status, fault } of data)
    journal.write({ path: at, headers, body, raw, status, fault });
  journal.close();
}

/** All of a kind, page by page. */
export async function deadLetters(stage: Stage, of: 'message' | 'webhook'): Promise<Letter[]> {
  const found: Letter[] = [];
  for (let cursor = ''; ;) {
    const path = `/api/v1/admin/dlq/${of}s?limit=100${cursor && `&cursor=${cursor}`}`;
    type Page = { data: Letter[]; next_cursor: string | null };
    const { status, body } = await stage.call<Page>('GET', path);
    if (status !== 200) throw new Error(`The dead letters were answered with ${status}`);
    found.push(...body.data);
    if (body.next_cursor === null) return found;
    cursor = encodeURIComponent(body.next_cursor);
  }
}
