import type { Address, Customer } from '../../channels/channel.ts';
import type { Transaction } from '../database.ts';
import { lockConversations, lockPlatformIds } from '../lane.ts';
import {
  addParticipant,
  createConversation,
  createUser,
  findRows,
  giveIdentity,
  type IdentityRow,
} from './identity-rows.ts';

/**
 * `userId` is who wrote; null where nobody in particular is meant. `supersedes` are conversations that
 * turned out to be with the same person; {@link lockIdentities} makes them say so.
 */
export type Identity = { conversationId: string; userId: string | null; supersedes: string[] };

type Account = { id: string; channel: string };

/** Every platform id that a customer, and the group they wrote in, goes by. */
export function idsOf(customer: Customer): string[] {
  const { externalId, aliases = [], group } = customer;
  return [externalId, ...aliases, ...(group ? [group.externalId] : [])];
}

/** The conversation that a customer wrote in, if there is one. */
export async function findIdentity(
  tx: Transaction,
  accountId: string,
  customer: Customer,
): Promise<Identity | undefined> {
  const { externalId, aliases = [], group } = customer;
  const people = await findRows(tx, accountId, [externalId, ...aliases]);
  const person = people.find((row) => row.conversation_id !== null) ?? people[0];
  const [place] = group ? await findRows(tx, accountId, [group.externalId]) : [person];
  if (!place?.conversation_id) return undefined;
  return {
    conversationId: place.conversation_id,
    userId: person?.user_id ?? null,
    supersedes: [],
  };
}

/**
 * The same, made on first contact. Takes the platform ids' locks only when it has to make one, so it
 * must run before any account or conversation row is locked.
 */
export async function findOrCreateIdentity(
  tx: Transaction,
  account: Account,
  customer: Customer,
): Promise<Identity> {
  if (!customer.group) return findOrCreateDirect(tx, account, customer);
  const { conversationId } = await findOrCreateGroup(tx, account, customer.group.externalId);
  const userId = await findOrCreateMember(tx, account, customer, conversationId);
  return { conversationId, userId, supersedes: [] };
}

/** Notes where somebody who has several conversations wrote last. The conversation must be locked. */
export async function noteLastPlace(
  tx: Transaction,
  accountId: string,
  { lastPlace }: Customer,
  conversationId: string,
): Promise<void> {
  if (lastPlace === undefined) return;
  await giveIdentity(tx, accountId, lastPlace, { conversationId, userId: null });
}

/** The conversation in which the customer wrote last, where none has the address itself. */
export async function findLastPlace(
  tx: Transaction,
  accountId: string,
  { externalId, aliases, lastPlace }: Address,
): Promise<string | undefined> {
  if (lastPlace === undefined) return undefined;
  const rows = await findRows(tx, accountId, [externalId, ...aliases, lastPlace]);
  const [first] = rows.filter((row) => row.conversation_id !== null);
  return first?.external_id === lastPlace ? (first.conversation_id ?? undefined) : undefined;
}

/** Locks the conversations of these identities, by id, with those that they supersede. */
export async function lockIdentities(
  tx: Transaction,
  identities: Pick<Identity, 'conversationId' | 'supersedes'>[],
  more: string[] = [],
): Promise<void> {
  const found = identities.flatMap((identity) => [identity.conversationId, ...identity.supersedes]);
  await lockConversations(tx, [...found, ...more]);
  for (const identity of identities) await markSuperseded(tx, identity);
}

/** Two conversations are with the same person: the others say which goes on. */
async function markSuperseded(
  tx: Transaction,
  { conversationId, supersedes }: Pick<Identity, 'conversationId' | 'supersedes'>,
): Promise<void> {
  if (supersedes.length === 0) return;
  await tx.query(
    `update conversations set superseded_by = nullif($2, id) where id = any($1) or id = $2`,
    [supersedes, conversationId],
  );
}

async function findOrCreateDirect(
  tx: Transaction,
  account: Account,
  { externalId, aliases = [] }: Pick<Address, 'externalId'> & { aliases?: string[] | undefined },
): Promise<Identity> {
  const ids = [...new Set([externalId, ...aliases])];
  const known = asIdentity(await findRows(tx, account.id, ids), ids.length);
  if (known) return known;
  await lockPlatformIds(tx, account.id, ids);
  const rows = await findRows(tx, account.id, ids);
  const whole = asIdentity(rows, ids.length);
  if (whole) return whole;
  const userId =
    rows.find((row) => row.user_id !== null)?.user_id ?? (await createUser(tx, externalId));
  const conversationId =
    rows.find((row) => row.conversation_id !== null)?.conversation_id ??
    (await createConversation(tx, account, { type: 'DIRECT', recipientId: externalId, userId }));
  for (const id of ids) await giveIdentity(tx, account.id, id, { conversationId, userId });
  const others = rows.map((row) => row.conversation_id).filter((id) => id !== null);
  const supersedes = [...new Set(others)].filter((id) => id !== conversationId);
  return { conversationId, userId, supersedes };
}

async function findOrCreateGroup(
  tx: Transaction,
  account: Account,
  externalId: string,
): Promise<Identity> {
  const known = asIdentity(await findRows(tx, account.id, [externalId]), 1);
  if (known) return known;
  await lockPlatformIds(tx, account.id, [externalId]);
  const made = asIdentity(await findRows(tx, account.id, [externalId]), 1);
  if (made) return made;
  const group = { type: 'GROUP', recipientId: externalId, userId: null } as const;
  const conversationId = await createConversation(tx, account, group);
  await giveIdentity(tx, account.id, externalId, { conversationId, userId: null });
  return { conversationId, userId: null, supersedes: [] };
}

/**
 * Who does something in a group, as one of its participants. They may never have written in private:
 * then they have no conversation.
 */
export async function findOrCreateMember(
  tx: Transaction,
  account: { id: string },
  customer: Customer,
  conversationId: string,
): Promise<string> {
  const userId = await findOrCreatePerson(tx, account, customer);
  await addParticipant(tx, conversationId, userId);
  return userId;
}

/** Somebody who is known by what they do in a group. */
export async function findOrCreatePerson(
  tx: Transaction,
  account: { id: string },
  { externalId }: Pick<Customer, 'externalId'>,
): Promise<string> {
  let [row] = await findRows(tx, account.id, [externalId]);
  if (!row?.user_id) {
    await lockPlatformIds(tx, account.id, [externalId]);
    [row] = await findRows(tx, account.id, [externalId]);
  }
  const userId = row?.user_id ?? (await createUser(tx, externalId));
  // Who writes in the group's own name has the group's id, which stands for the conversation.
  const stands = { conversationId: row?.conversation_id ?? null, userId };
  if (!row?.user_id) await giveIdentity(tx, account.id, externalId, stands);
  return userId;
}

/** Only where every id is there and stands for the same conversation. */
function asIdentity(rows: IdentityRow[], count: number): Identity | undefined {
  const [first] = rows;
  const whole =
    rows.length === count && rows.every((row) => row.conversation_id === first?.conversation_id);
  if (!whole || !first?.conversation_id) return undefined;
  return { conversationId: first.conversation_id, userId: first.user_id, supersedes: [] };
}
