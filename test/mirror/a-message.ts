import { randomUUID } from 'node:crypto';
import type { CrmTable, FittedRow, MirrorMessage } from '../../src/crm/mirror.ts';

/** A message for the CRM's table; everything that is not given is plain. */
export function aMirrorMessage(given: Partial<MirrorMessage> = {}): MirrorMessage {
  return {
    messageId: randomUUID(),
    accountId: `acc_${'a'.repeat(32)}`,
    conversationId: `conv_${'c'.repeat(32)}`,
    channel: 'instagram',
    direction: 'in',
    userId: '17841400000000123',
    username: 'lena.m',
    text: 'hello',
    at: new Date('2026-11-21T09:30:00.123Z'),
    status: null,
    ...given,
  };
}

/** Fits them and writes them in one transaction. */
export function writeMessages(table: CrmTable, messages: MirrorMessage[]): Promise<FittedRow[]> {
  return table.whileLocked(async (writer) => {
    const rows = messages.map((message) => writer.fit(message));
    await writer.insert(rows);
    return rows;
  });
}
