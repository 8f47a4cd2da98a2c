import { randomUUID } from 'node:crypto';
import type { ReadyEvent } from '../../src/database/delivery-store.ts';
import type { WebhookVerdict } from '../../src/domain/webhook-policy.ts';
import type { Stores } from '../../src/database/stores.ts';
import { anAnswer, aWebhook, customerMessage } from '../support/builders.ts';
import type { TestStores } from '../support/database.ts';

type Account = { id: string; externalId: string };

/** A customer writes; the lane in which the event waits for the CRM. */
export async function customerWrites(
  { stores }: TestStores,
  account: Account,
  customer: string = randomUUID(),
): Promise<string> {
  const message = customerMessage({ accountExternalId: account.externalId, customer });
  const { messages } = await stores.inbound.receive(aWebhook([message]));
  return messages[0]?.conversationId ?? '';
}

/** The head of a lane, which must be one that may be posted now. */
export async function takeHead(stores: Stores, laneId: string): Promise<ReadyEvent> {
  const next = await stores.deliveries.next(laneId, { skipProfile: true });
  if (next.do !== 'post') throw new Error(`nothing to post: ${JSON.stringify(next)}`);
  return next.event;
}

/** One whole attempt at the head of a lane. */
export async function post(
  stores: Stores,
  laneId: string,
  statusCode: number | null,
): Promise<{ event: ReadyEvent; sequence: number; verdict: WebhookVerdict }> {
  const event = await takeHead(stores, laneId);
  const verdict = await stores.deliveries.record(event, anAnswer(statusCode));
  const { sequence } = JSON.parse(event.body) as { sequence: number };
  return { event, sequence, verdict };
}

/** An event that the CRM refused with 401: its lane, its id and its dead letter. */
export async function aDeadEvent(db: TestStores, account: Account, customer?: string) {
  const laneId = await customerWrites(db, account, customer);
  const { event, sequence } = await post(db.stores, laneId, 401);
  const letterId = await letterOf(db, event.id);
  return { laneId, eventId: event.id, body: event.body, sequence, letterId };
}

/** The id of the one dead letter of a message or event. */
export function letterOf(db: TestStores, subjectId: string): Promise<string> {
  return db.value<string>('select id from dead_letters where subject_id = $1', subjectId);
}
