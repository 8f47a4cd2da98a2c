import {
  type Call,
  type DriverEntry,
  openJournal,
  type PlatformCall,
  readJournals,
  type StateEntry,
} from './journal.ts';
import type { LedgerCall } from './ledger.ts';
import type { Stage } from './stage.ts';
import { inParallel } from './until.ts';

type Status = { status: string; possible_duplicate: boolean };
type Letter = { subject_id: string; state: string };

/** Writes down what the sandbox received and what the public API says, once all is over. */
export async function collect(stage: Stage): Promise<void> {
  for (const each of stage.all) await collectPlatform(each);
  await collectCrm(stage);
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

/** Every request that could have sent something, whatever it was answered. */
async function collectPlatform(stage: Stage): Promise<void> {
  const { channel, sendPath, readSend } = stage.platform;
  const url = `/${channel}/received?method=POST&path=${sendPath}`;
  const { data } = await stage.control<{ data: LedgerCall[] }>('GET', url);
  const journal = openJournal<PlatformCall>(stage.folder, 'platform');
  for (const call of data)
    journal.write({ ...callOf(call), at: Date.parse(call.at), send: readSend(call) });
  journal.close();
}

async function collectCrm(stage: Stage): Promise<void> {
  const url = '/crm/received?method=POST&path=/crm/webhooks';
  const { data } = await stage.control<{ data: LedgerCall[] }>('GET', url);
  const journal = openJournal<Call>(stage.folder, 'crm');
  for (const call of data) journal.write(callOf(call));
  journal.close();
}

function callOf({ path, headers, body, raw, status, fault }: LedgerCall): Call {
  return { path, headers, body, raw, status, fault };
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
