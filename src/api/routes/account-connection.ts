import {
  type AccountIdentity,
  type Channel,
  type ChannelAccount,
  ChannelError,
  type NewAccount,
} from '../../channels/channel.ts';
import { errorClass, type Logger } from '../../logger.ts';
import { ApiError, bodyError } from '../errors.ts';

/**
 * Asks the platform whose the credentials are; they must belong to the account that was named.
 * Answers what the platform says of it. Throws `credentials_refused`, `account_mismatch` or
 * `platform_unavailable`.
 */
export async function checkIdentity(
  channel: Channel,
  account: NewAccount,
  mismatchPointer: string,
): Promise<AccountIdentity> {
  const pointer = `/${Object.keys(account.credentials)[0] ?? ''}`;
  const identity = await channel.validateCredentials(account).catch((error) => {
    throw asApiError(error, 'credentials_refused', pointer);
  });
  if (identity.externalId !== account.externalId)
    throw bodyError(
      'account_mismatch',
      mismatchPointer,
      `the credentials belong to another ${channel.name} account`,
    );
  return identity;
}

/** Makes the platform send the account's webhooks. Throws `platform_refused` and the like. */
export async function connect(
  channel: Channel,
  account: ChannelAccount,
  publicUrl: string | undefined,
): Promise<void> {
  const pointer = `/${Object.keys(account.credentials)[0] ?? ''}`;
  const webhookUrl = publicUrl ? `${publicUrl}/webhooks/${channel.name}/${account.id}` : null;
  await channel.connectAccount(account, webhookUrl).catch((error) => {
    throw asApiError(error, 'platform_refused', pointer);
  });
}

/**
 * Ends the account's webhooks as far as the platform lets us. A failure is only logged: the
 * account is gone on our side, and what still comes for it is kept and passed to nobody.
 */
export async function disconnect(
  channel: Channel,
  account: ChannelAccount,
  log: Logger,
): Promise<void> {
  await channel.disconnectAccount(account).catch((error) => {
    const fields = { account_id: account.id, channel: channel.name };
    log.warn('platform did not end the webhooks of a deleted account', {
      ...fields,
      ...errorClass(error),
    });
  });
}

/** What an answer shows of an account in its channel's own words: `instagram_account_id`. */
export function identityOf(
  channel: Channel,
  { externalId, details }: Pick<NewAccount, 'externalId' | 'details'>,
) {
  return channel.describeAccount({ externalId, details });
}

function asApiError(
  error: unknown,
  refused: 'credentials_refused' | 'platform_refused',
  pointer: string,
): unknown {
  if (!(error instanceof ChannelError)) return error;
  switch (error.kind) {
    case 'refused':
    case 'unauthorized':
      return bodyError(refused, pointer, `the platform said: ${error.message} (${error.code})`);
    case 'throttled':
    case 'unreachable':
      return new ApiError('platform_unavailable', {
        detail: `The platform could not be asked (${error.code}). Nothing was changed; try again.`,
        headers: { 'Retry-After': '30' },
      });
  }
}
