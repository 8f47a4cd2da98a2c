/** A day: how long a person's last message lets the business answer. */
export const WINDOW = 24 * 3_600_000;

/** The window of a thread, as the page shows it. `closed` closes it whatever its time. */
export function windowOf(
  { lastInboundAt }: { lastInboundAt: number | null },
  { now, closed }: { now: number; closed: boolean },
): { open: boolean; closes_at: number | null } {
  const closesAt = lastInboundAt === null ? null : lastInboundAt + WINDOW;
  return { open: closesAt !== null && closesAt > now && !closed, closes_at: closesAt };
}
