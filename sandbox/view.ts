import { describeJourney } from './journey.ts';
import { sampleLinks } from './samples.ts';
import type { Parts } from './parts.ts';
import type { PhoneCustomer } from './phone.ts';
import type { Platform } from './platform.ts';

const MESSAGES = 150;
const CUSTOMERS = 60;

/** What the page asks for: a platform and a person of it; null lets the sandbox choose. */
export type Wanted = { channel: string | null; customer: string | null };

/** All that the page shows for one customer, or for the one who wrote last. No secrets. */
export function createView(parts: Parts, wanted: Wanted): object {
  const { platforms, wiring, switches, feed, crmTable } = parts;
  const platform = platforms.find(({ name }) => name === wanted.channel) ?? platforms[0];
  if (!platform) throw new Error('platforms.ts lists no platform.');
  const { phone } = platform;
  const customers = listCustomers(platform);
  const first = customers[0]?.id ?? null;
  const customer =
    wanted.customer !== null && phone.open(wanted.customer) ? wanted.customer : first;
  const thread = customer === null ? null : phone.open(customer);
  const chat = customer === null ? undefined : findChat(parts, platform, customer);
  return {
    platforms: platforms.map(describePlatform),
    platform: platform.name,
    router: wiring.describe(),
    missing: missingSetUp(parts, platform),
    switches: [
      ...switches.list(platform.name).map((each) => ({ ...each, side: platform.name })),
      ...switches.list('crm').map((each) => ({ ...each, side: 'crm' })),
    ],
    customer,
    window: thread?.window ?? null,
    thread: thread?.messages.slice(-MESSAGES) ?? [],
    typing: thread?.typing ?? false,
    chat: {
      missing: chat?.missing ?? [],
      last_sequence: chat?.lastSequence ?? 0,
      username: chat?.username ?? null,
      name: chat?.name ?? null,
      messages: chat?.messages.slice(-MESSAGES) ?? [],
    },
    crm_table: crmTable.isConnected(),
    samples: sampleLinks(parts.origin()),
    journey: thread && describeJourney({ platform, switches }, thread, chat),
    feed: feed.latest(customer),
  };
}

function listCustomers({ phone }: Platform): PhoneCustomer[] {
  return phone
    .customers()
    .toSorted((left, right) => (right.at ?? 0) - (left.at ?? 0))
    .slice(0, CUSTOMERS);
}

/** With the verbs of its phone, so that the page offers nothing that the platform has not. */
function describePlatform(platform: Platform): object {
  const { name, title, phone } = platform;
  const can = (['see', 'react', 'takeBack', 'edit', 'press'] as const).filter(
    (verb) => phone[verb],
  );
  const samples = phone.samples?.() ?? [];
  return {
    name,
    title,
    account: phone.account(),
    can,
    samples,
    customers: listCustomers(platform),
  };
}

/** The chat the CRM has with a customer; without a wired account that of any one. */
function findChat({ crm, wiring }: Parts, { name }: Platform, customerId: string) {
  const wired = wiring.accountOn(name);
  const chats = [...crm.chats.values()].filter((chat) => chat.customerId === customerId);
  return chats.find((chat) => chat.accountId === wired) ?? (wired ? undefined : chats[0]);
}

function missingSetUp({ wiring }: Parts, { name, phone }: Platform): string[] {
  const { api_url: url, api_key: key } = wiring.get();
  return [
    ...(url && key && wiring.accountOn(name)
      ? []
      : ['The CRM does not know the router yet: PUT /control/router.']),
    ...phone.missing(),
  ];
}
