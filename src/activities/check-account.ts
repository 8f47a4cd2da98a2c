import {
  ChannelError,
  type Channel,
  type ChannelRegistry,
  type RefreshedCredentials,
} from '../channels/channel.ts';
import type {
  AccountHealthStore,
  AccountToCheck,
  CheckAnswer,
} from '../database/account-health-store.ts';
import { isExpired, isRefreshDue } from '../domain/account-health.ts';
import type { Logger } from '../logger.ts';

export type CheckAccountDeps = {
  accountHealth: AccountHealthStore;
  channels: ChannelRegistry;
  /** The CRM and waiting messages are to hear of it at once. */
  kick(): void;
  logger: Logger;
};

/** A few ids of a channel's accounts, and whether there are more behind them. */
export type AccountIdsPage = { accountIds: string[]; more: boolean };

/** How many ids go through Temporal at once. */
const PAGE = 50;

/** What the daily look at all accounts is made of. May run any number of times. */
export function createCheckAccountActivities(deps: CheckAccountDeps) {
  const { accountHealth, channels, logger } = deps;
  return {
    listCheckedChannels: () => accountHealth.listChannels(),

    async listCheckedAccounts(input: {
      channel: string;
      after: string | null;
    }): Promise<AccountIdsPage> {
      const ids = await accountHealth.listAccountIds(input.channel, input.after, PAGE + 1);
      return { accountIds: ids.slice(0, PAGE), more: ids.length > PAGE };
    },

    /** Asks the platform how the account stands, and renews its credentials in time. */
    async checkAccount({ accountId }: { accountId: string }): Promise<void> {
      const checked = await accountHealth.open(accountId);
      if (!checked || !channels.has(checked.channel)) return;
      if (!isExpired(checked.times)) {
        const answer = await ask(channels.get(checked.channel), checked);
        await accountHealth.recordCheck(accountId, checked.credentialVersion, answer);
        logger.info('account checked', {
          account_id: accountId,
          channel: checked.channel,
          ...('error' in answer
            ? { error_class: answer.error.kind, error_code: answer.error.code }
            : { outcome: answer.healthy ? 'healthy' : 'degraded' }),
        });
        if (!('error' in answer)) await refresh(deps, checked);
      }
      await accountHealth.lookAtExpiry(accountId);
      deps.kick();
    },
  };
}

async function ask(channel: Channel, { account }: AccountToCheck): Promise<CheckAnswer> {
  try {
    return await channel.checkAccount(account);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    return { error: { kind: error.kind, code: error.code, message: error.message } };
  }
}

/** A refusal pauses nothing: the platform has just said that it takes the present credentials. */
async function refresh(
  { accountHealth, channels, logger }: CheckAccountDeps,
  { account, channel: name, credentialVersion, times }: AccountToCheck,
): Promise<void> {
  const channel = channels.get(name);
  if (!channel.refreshCredentials || !isRefreshDue(times)) return;
  let refreshed: RefreshedCredentials | null = null;
  try {
    refreshed = await channel.refreshCredentials(account);
    // The platform says that it is too early: nothing has failed.
    if (refreshed === null) return;
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    logger.warn('credentials could not be renewed', {
      account_id: account.id,
      channel: name,
      error_class: error.kind,
      error_code: error.code,
    });
  }
  await accountHealth.recordRefresh(account.id, credentialVersion, refreshed);
  if (refreshed) logger.info('credentials renewed', { account_id: account.id, channel: name });
}
