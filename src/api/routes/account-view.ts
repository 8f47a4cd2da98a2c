import type { ChannelRegistry } from '../../channels/channel.ts';
import type { WebhookSender } from '../../crm/webhook.ts';
import type { AccountStore, AccountView } from '../../database/account-store.ts';
import type { Role } from '../../database/api-key-store.ts';
import { identityOf } from './account-connection.ts';
import { isoOrNull } from './common-schemas.ts';

/** What these routes need of the router. */
export type AccountRoutesDeps = {
  accounts: AccountStore;
  channels: ChannelRegistry;
  webhooks: WebhookSender;
  /** Makes the dispatcher look for new work at once. */
  kick(): void;
  /** Where the platforms reach this router; some are told an address for each account. */
  publicUrl?: string | undefined;
  /** Target and secret of accounts that are created without a webhook URL of their own. */
  defaultWebhook: { url?: string | undefined; secret?: string | undefined };
};

/**
 * An account as every answer shows it. A receiver's address may hold a key of its own, and whoever
 * only writes messages has no use for it.
 */
export function presentAccount(account: AccountView, channels: ChannelRegistry, role: Role) {
  return {
    account_id: account.id,
    channel: account.channel,
    ...(channels.has(account.channel) ? identityOf(channels.get(account.channel), account) : {}),
    username: account.username,
    ...(role === 'admin'
      ? {
          crm_webhook_url: account.crmWebhookUrl,
          crm_webhook_header_names: account.webhookHeaderNames,
        }
      : {}),
    enabled: account.enabled,
    paused_at: isoOrNull(account.pausedAt),
    pause_reason: account.pauseReason,
    webhook_state: account.endpointState,
    on_unknown_outcome: account.settings.on_unknown_outcome ?? ('auto' as const),
    webhooks_disabled_reason: account.endpointDisabledReason,
    created_at: account.createdAt.toISOString(),
  };
}
