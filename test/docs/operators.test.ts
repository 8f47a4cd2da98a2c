import { describe, expect, it } from '@jest/globals';
import { EVENT_CASES } from '../e2e/operators/events.ts';
import { FETCH_CASES } from '../e2e/operators/fetches.ts';
import { LETTER_CASES } from '../e2e/operators/letters.ts';
import { MESSAGE_CASES } from '../e2e/operators/messages.ts';
import { MIRROR_CASES } from '../e2e/operators/mirror.ts';
import { REPLAY_CASES } from '../e2e/operators/replays.ts';
import { readDocument, tableUnder } from './documents.ts';

const PLAYED = [
  ...MESSAGE_CASES,
  ...EVENT_CASES,
  ...LETTER_CASES,
  ...REPLAY_CASES,
  ...MIRROR_CASES,
  ...FETCH_CASES,
].map(({ run, command }) => `${run}: ${command}`);

describe("the table of an operator's commands", () => {
  it('has what is played in test/e2e/operators, and nothing else', () => {
    const table = tableUnder(readDocument('docs/operations.md'), "## An operator's commands");
    const written = table.flatMap(([run = '', commands = '']) =>
      commands.split(', ').map((command) => `${runOf(run)}: ${command.replaceAll('`', '')}`),
    );
    expect(written.toSorted()).toEqual(PLAYED.toSorted());
  });
});

/** A cell that is nothing but code comes without its marks. */
function runOf(cell: string): string {
  return cell.includes('`') ? cell : `\`${cell}\``;
}
