import { z } from 'zod';
import type { Channel, ChannelRegistry, NewAccount } from '../../channels/channel.ts';
import { bodyError } from '../errors.ts';

/** Members of a request body by name, as JSON schemas. */
export type Members = Record<string, Record<string, unknown>>;

type ChannelMembers = {
  all: Members;
  /** Those that say which account it is. */
  identity: Members;
  /** Those that open it: never shown again. */
  credentials: Members;
  required: string[];
  /** Names of what answers show of it, some of which no request has. */
  shown: string[];
};

/** The members that a channel adds to the requests about its accounts. */
export function membersOf(channel: Channel): ChannelMembers {
  const { properties = {}, required = [] } = z.toJSONSchema(channel.accountSchema, {
    io: 'input',
    unrepresentable: 'any',
  });
  const naming = new Set(Object.keys(channel.describeAccount({ externalId: '', details: {} })));
  const entries = Object.entries(properties as Members).map(
    ([name, schema]) => [name, naming.has(name) ? schema : { ...schema, writeOnly: true }] as const,
  );
  return {
    all: Object.fromEntries(entries),
    identity: Object.fromEntries(entries.filter(([name]) => naming.has(name))),
    credentials: Object.fromEntries(entries.filter(([name]) => !naming.has(name))),
    required,
    shown: [...naming],
  };
}

/** The names of what a channel reads of a request about its accounts. */
export function inputsOf(channel: Channel): string[] {
  return Object.keys(membersOf(channel).all);
}

/** The members of every channel together; `required` are those that no channel does without. */
export function membersOfAll(channels: ChannelRegistry): ChannelMembers {
  const each = channels.names().map((name) => membersOf(channels.get(name)));
  const merge = (pick: (one: ChannelMembers) => Members): Members =>
    Object.assign({}, ...each.map(pick)) as Members;
  const [first, ...others] = each;
  return {
    all: merge((one) => one.all),
    identity: merge((one) => one.identity),
    credentials: merge((one) => one.credentials),
    shown: [...new Set(each.flatMap((one) => one.shown))],
    required: (first?.required ?? []).filter((name) =>
      others.every((one) => one.required.includes(name)),
    ),
  };
}

/** Those of `names` that a body has. */
export function membersIn(
  body: Record<string, unknown>,
  names: readonly string[],
): Record<string, unknown> {
  const given = names.filter((name) => body[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, body[name]]));
}

/** Lets the channel read its members; what it finds wrong becomes an issue of the whole body. */
export function readAccount(
  channel: Channel,
  members: Record<string, unknown>,
  context: z.core.$RefinementCtx,
): NewAccount | null {
  const own = membersOf(channel).all;
  const foreign = Object.keys(members).filter((name) => !(name in own));
  const parsed = channel.accountSchema.safeParse(members);
  for (const name of foreign)
    context.addIssue({ code: 'custom', path: [name], message: `is no member for ${channel.name}` });
  for (const issue of parsed.error?.issues ?? [])
    context.addIssue({ code: 'custom', path: issue.path, message: issue.message });
  return parsed.success && foreign.length === 0 ? parsed.data : null;
}

/** The members of a change that hold credentials. Throws for those of another channel. */
export function credentialsIn(
  body: Record<string, unknown>,
  channel: Channel,
  channels: ChannelRegistry,
): Record<string, unknown> {
  const own = membersOf(channel).credentials;
  const given = membersIn(body, Object.keys(membersOfAll(channels).credentials));
  const foreign = Object.keys(given).find((name) => !(name in own));
  if (foreign !== undefined)
    throw bodyError('validation_failed', `/${foreign}`, `is no member for ${channel.name}`);
  return given;
}
