import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { accepted, aMessage, anAccount } from '../support/builders.ts';
import { openTestStores, type TestStores } from '../support/database.ts';

let db: TestStores;
let account: { id: string };

beforeAll(async () => {
  db = await openTestStores();
  account = await anAccount(db.stores);
});
afterAll(() => db.close());

/** The same key again, with a change; what came of it. */
async function again(given: Parameters<typeof aMessage>[1]) {
  const recipientId = randomUUID();
  const idempotencyKey = randomUUID();
  const first = await accepted(db.stores, account.id, { recipientId, idempotencyKey });
  const { conversationId } = first;
  const message = aMessage(account.id, { recipientId, idempotencyKey, ...given });
  const named = { ...message, to: { conversationId } };
  return { first, result: await db.stores.messages.accept(given?.to ? message : named) };
}

it('the same message with the same key is one, whether its conversation or its customer is named', async () => {
  const { first, result } = await again({});
  expect(result).toMatchObject({ kind: 'replayed', message: { messageId: first.messageId } });
});

it('another text, another agent and another conversation are other messages', async () => {
  expect((await again({ text: 'other' })).result.kind).toBe('conflict');
  expect((await again({ agentId: 'agent-17' })).result.kind).toBe('conflict');
  const elsewhere = await accepted(db.stores, account.id);
  const to = { conversationId: elsewhere.conversationId };
  expect((await again({ to })).result.kind).toBe('conflict');
});
