import type { Transaction } from '../database.ts';
import { applyChange } from './changed-message.ts';
import type { InboundAccount } from './customer-event.ts';
import { findTarget } from './message-target.ts';
import { closeParked, type Change, type ParkedRow } from './parked.ts';

type ChangeRow = ParkedRow & { parked: Change };

/** Whether a change waits, and not a status or an echo. */
export function isChange(row: ParkedRow): row is ChangeRow {
  return row.parked.kind !== 'status' && row.parked.kind !== 'echo';
}

/**
 * Applies changes that came before their message, the oldest first, so that the CRM is told of each.
 * Nothing of theirs is in flight any more, so nothing is waited for.
 */
export async function applyParkedChanges(
  tx: Transaction,
  accountId: string,
  rows: ChangeRow[],
): Promise<void> {
  const [account] = await tx.query<InboundAccount>(
    'select id, external_id as "externalId", channel from accounts where id = $1',
    [accountId],
  );
  if (!account) return;
  const scene = { account, reorderWindowMs: 0, traceId: null };
  for (const { id, parked } of rows.toSorted(byTime)) {
    const target = await findTarget(tx, accountId, parked.platformMessageId);
    if (!target) continue;
    await applyChange(tx, scene, target, parked);
    await closeParked(tx, id);
  }
}

/** Those of one time stay in the order in which they came. */
function byTime({ parked: one }: ChangeRow, { parked: other }: ChangeRow): number {
  return (one.at ?? 0) - (other.at ?? 0) || revisionOf(one) - revisionOf(other);
}

function revisionOf(change: Change): number {
  return change.kind === 'deleted' ? 0 : (change.revision ?? 0);
}
