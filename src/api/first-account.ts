import { errorClass } from '../logger.ts';
import type { Parts } from '../parts.ts';

/**
 * Makes the account of `INSTAGRAM_BUSINESS_ACCOUNT_ID` and `INSTAGRAM_PAGE_ACCESS_TOKEN` at first
 * start. A platform that cannot be asked is only logged: the next start tries again. So it is where
 * `CRM_WEBHOOK_SECRET` is not set: nobody could read a secret that is made here.
 */
export async function ensureFirstAccount(
  parts: Pick<Parts, 'config' | 'logger' | 'channels' | 'stores'>,
): Promise<void> {
  const { config, logger, stores } = parts;
  const externalId = config.INSTAGRAM_BUSINESS_ACCOUNT_ID;
  const token = config.INSTAGRAM_PAGE_ACCESS_TOKEN;
  if (!externalId || !token) return;
  try {
    if (await stores.accounts.findByExternalId('instagram', externalId)) return;
    const webhookSecret = config.CRM_WEBHOOK_SECRET;
    if (webhookSecret === undefined) {
      logger.error(
        'CRM_WEBHOOK_SECRET: the account of INSTAGRAM_PAGE_ACCESS_TOKEN is not made without it; ' +
          'nobody could read a secret that is made for it',
      );
      return;
    }
    const channel = parts.channels.get('instagram');
    const given = channel.accountSchema.parse({
      instagram_account_id: externalId,
      access_token: token,
    });
    const identity = await channel.validateCredentials(given);
    if (identity.externalId !== externalId) {
      logger.error('INSTAGRAM_PAGE_ACCESS_TOKEN belongs to another account');
      return;
    }
    const account = await stores.accounts.create(
      {
        channel: 'instagram',
        ...given,
        username: identity.username,
        credentialsExpireAt: identity.expiresAt,
        crmWebhookUrl: config.CRM_WEBHOOK_URL ?? null,
        webhookSecret,
      },
      'configuration',
    );
    if (!account) return;
    await channel.connectAccount({ id: account.id, ...given }, null);
    logger.info('the account of the configuration is made', { account_id: account.id });
  } catch (error) {
    logger.error('the account of the configuration could not be made', errorClass(error));
  }
}
