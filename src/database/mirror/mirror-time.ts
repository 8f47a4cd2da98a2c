/** When the customer wrote by the platform's clock, which may tell whole seconds, or be ahead. */
function ownTime(message: string): string {
  return `least(${message}.created_at, coalesce(${message}.platform_timestamp, ${message}.created_at))`;
}

/**
 * SQL for the time that a message has in the CRM's table: its own, but never before that of a message
 * that stands above it. Only those are looked at that were stored later than its own time.
 */
export function mirrorTime(message: string): string {
  return `greatest(${ownTime(message)},
    (select max(${ownTime('above')}) from messages above
      where above.conversation_id = ${message}.conversation_id
        and above.created_at > ${ownTime(message)} and above.position < ${message}.position))`;
}
