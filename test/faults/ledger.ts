import type { Call } from './journal.ts';
import type { Stage } from './stage.ts';

/** A request in the sandbox's ledger. */
export type LedgerCall = Call & { seq: number; at: string; duration_ms: number | null };

/** The CRM's ledger, read on from where the last look ended: all calls that have been answered. */
export function tailCrm(stage: Pick<Stage, 'control'>): () => Promise<LedgerCall[]> {
  let after = 0;
  const early = new Set<number>();
  return async () => {
    const path = `/crm/received?method=POST&after=${after}`;
    const { data } = await stage.control<{ data: LedgerCall[] }>('GET', path);
    const fresh = data.filter(({ seq, duration_ms }) => duration_ms !== null && !early.has(seq));
    for (const { seq } of fresh) early.add(seq);
    // A call that is still being answered is looked at again, and what came after it only once.
    const open = data.find(({ duration_ms }) => duration_ms === null);
    after = open ? open.seq - 1 : (data.at(-1)?.seq ?? after);
    for (const seq of early) if (seq <= after) early.delete(seq);
    return fresh;
  };
}

/** Whether the CRM took it. */
export function wasTaken({ status }: LedgerCall): boolean {
  return status !== null && status >= 200 && status < 300;
}
