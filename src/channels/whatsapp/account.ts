import type {
  AccountIdentity,
  AccountState,
  ChannelAccount,
  NewAccount,
  ReadMessage,
} from '../channel.ts';
import { ChannelError } from '../channel.ts';
import { isGroup } from './addresses.ts';
import { ask, read } from './calls.ts';
import type { WhatsAppCalls } from './calls.ts';
import { graphUrl, PhoneAnswer } from './schema.ts';

const PHONE_FIELDS =
  'verified_name,display_phone_number,quality_rating,platform_type,throughput,code_verification_status';

/** Whose number it is: `GET /{PHONE_NUMBER_ID}`. Throws {@link ChannelError}. */
export async function validateCredentials(
  calls: WhatsAppCalls,
  account: NewAccount,
): Promise<AccountIdentity> {
  const phone = await askPhone(calls, account);
  return {
    externalId: phone.id,
    username: phone.verified_name ?? phone.display_phone_number ?? null,
  };
}

/**
 * How the number stands. A red quality rating is the last step before a number is restricted.
 * Throws {@link ChannelError}.
 */
export async function checkAccount(
  calls: WhatsAppCalls,
  account: ChannelAccount,
): Promise<AccountState> {
  const phone = await askPhone(calls, account);
  const facts = {
    quality_rating: phone.quality_rating,
    throughput: phone.throughput?.level,
    platform_type: phone.platform_type,
    code_verification_status: phone.code_verification_status,
  };
  const told = Object.entries(facts).filter(
    (fact): fact is [string, string] => typeof fact[1] === 'string',
  );
  const healthy = phone.quality_rating?.toUpperCase() !== 'RED';
  return {
    healthy,
    facts: Object.fromEntries(told.map(([name, value]) => [name, value.slice(0, 64)])),
  };
}

/**
 * Subscribes our app to the WhatsApp Business account; without that no webhook comes. The address
 * is the app's own: an override would hold for every number of the Business account, also for those
 * that somebody else serves. Throws {@link ChannelError}.
 */
export async function connectAccount(calls: WhatsAppCalls, account: ChannelAccount): Promise<void> {
  await ask(calls, account, { method: 'POST', url: subscription(calls, account) });
}

/** Ends the webhooks of the whole WhatsApp Business account. Throws {@link ChannelError}. */
export async function disconnectAccount(
  calls: WhatsAppCalls,
  account: ChannelAccount,
): Promise<void> {
  await ask(calls, account, { method: 'DELETE', url: subscription(calls, account) });
}

/** Shows the customer the blue ticks, up to this message. Throws {@link ChannelError}. */
export async function markRead(
  calls: WhatsAppCalls,
  account: ChannelAccount,
  { recipientId, platformMessageId }: ReadMessage,
): Promise<void> {
  if (isGroup(recipientId))
    throw new ChannelError(
      'refused',
      'content_unsupported',
      'WhatsApp cannot mark messages of a group as read.',
    );
  await ask(calls, account, {
    method: 'POST',
    url: graphUrl(calls.apiUrl, `${encodeURIComponent(account.externalId)}/messages`),
    json: { messaging_product: 'whatsapp', status: 'read', message_id: platformMessageId },
    hide: [recipientId, platformMessageId],
    ownId: account.externalId,
  });
}

async function askPhone(calls: WhatsAppCalls, account: NewAccount) {
  const url = graphUrl(calls.apiUrl, encodeURIComponent(account.externalId), {
    fields: PHONE_FIELDS,
  });
  return read(
    PhoneAnswer,
    await ask(calls, account, { method: 'GET', url, ownId: account.externalId }),
  );
}

function subscription(calls: WhatsAppCalls, account: ChannelAccount): string {
  const waba = encodeURIComponent(account.details['waba_id'] ?? '');
  return graphUrl(calls.apiUrl, `${waba}/subscribed_apps`);
}
