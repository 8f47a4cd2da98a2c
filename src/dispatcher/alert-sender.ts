import type { WebhookSender } from '../crm/webhook.ts';
import type { AlertThresholds } from '../database/alert-evaluation.ts';
import type { AlertNotice, AlertStore } from '../database/alert-store.ts';
import { errorClass, type Logger } from '../logger.ts';
import { createRepeater, type Repeater } from './repeater.ts';

export type AlertSenderDeps = {
  alerts: AlertStore;
  sender: Pick<WebhookSender, 'post'>;
  /** Null: alerts go to the log and the API only. */
  target: { url: string; secret: string | undefined } | null;
  logger: Logger;
  everyMs?: number;
  thresholds?: Partial<AlertThresholds>;
};

const THRESHOLDS: AlertThresholds = {
  outboxMs: 30_000,
  workerMs: 30_000,
  backlogMs: 300_000,
  endpointDownMs: 300_000,
  delayedMs: 60_000,
  messageP95Ms: 5_000,
  mirrorMs: 600_000,
};

/**
 * Looks for what operators must know and tells them, straight from PostgreSQL: never through
 * Temporal, which may be what is broken.
 */
export function createAlertSender(deps: AlertSenderDeps): Repeater {
  const { alerts, logger } = deps;
  const thresholds = { ...THRESHOLDS, ...deps.thresholds };
  // Workers that start together with this process have not had the time to say that they live; nor
  // have those, after a database that could not be asked, that could not write to it either.
  let judgesSilenceFrom = performance.now() + thresholds.workerMs;

  async function look(): Promise<void> {
    try {
      await alerts.evaluate(thresholds, { starting: performance.now() < judgesSilenceFrom });
    } catch (error) {
      judgesSilenceFrom = performance.now() + thresholds.workerMs;
      throw error;
    }
  }

  return createRepeater(deps.everyMs ?? 5_000, async () => {
    try {
      await look();
      await alerts.notify((notice) => tell(deps, notice));
    } catch (error) {
      logger.warn('alerts could not be looked after', errorClass(error));
    }
  });
}

async function tell(deps: AlertSenderDeps, notice: AlertNotice): Promise<boolean> {
  const write = notice.state === 'raised' ? deps.logger.error : deps.logger.info;
  write(`alert ${notice.state}: ${notice.cause}`, {
    account_id: notice.accountId ?? undefined,
    channel: notice.channel ?? undefined,
    count: notice.count,
    workflow_ids: notice.workflowIds.length > 0 ? notice.workflowIds : undefined,
  });
  if (!deps.target) return true;
  const answer = await deps.sender.post({
    url: deps.target.url,
    webhookId: `${notice.id}_${notice.state}_${notice.lastAt.getTime()}`,
    body: JSON.stringify(alertBody(notice)),
    secrets: [deps.target.secret ?? notice.id],
    traceId: null,
  });
  return answer.statusCode !== null && answer.statusCode >= 200 && answer.statusCode < 300;
}

/** `text` is what Slack's incoming webhooks show; the rest is for programs. */
function alertBody(notice: AlertNotice) {
  const subject = notice.accountId ?? notice.channel;
  const where = subject === null ? '' : ` on ${subject}`;
  const codes = Object.keys(notice.codes).join(', ');
  const which = codes === '' ? '' : ` (${codes})`;
  return {
    text: `Chat4All: ${WORDS[notice.cause]}${which}${where} (${notice.state}, ${notice.count}×)`,
    id: notice.id,
    state: notice.state,
    cause: notice.cause,
    account_id: notice.accountId,
    channel: notice.channel,
    first_at: notice.firstAt.toISOString(),
    last_at: notice.lastAt.toISOString(),
    count: notice.count,
    workflow_ids: notice.workflowIds,
    codes: codesOf(notice),
  };
}

function codesOf({ codes }: AlertNotice) {
  return Object.entries(codes).map(([code, count]) => ({ code, count }));
}

const WORDS: Record<AlertNotice['cause'], string> = {
  dead_letter: 'something was given up and waits among the dead letters',
  dead_letter_expired: 'a dead letter expired without anybody dealing with it',
  crm_unauthorized: 'the CRM refuses our signature (401)',
  endpoint_disabled: 'the CRM said that its webhook address is gone (410)',
  endpoint_down: 'the CRM has not answered for over five minutes',
  account_paused: 'the platform refuses the account or its token',
  message_unreadable: 'the platform announced a message and does not give out what it says',
  unknown_platform_code: 'the platform answers with codes that the router does not know',
  messages_delayed: 'messages wait, and their status says for what',
  token_expiring: 'the account’s token ends within days, and no newer one is there',
  token_refresh_failed: 'the account’s token could not be renewed twice in a row',
  outbox_stuck: 'committed work does not reach Temporal',
  worker_silent: 'no worker runs the workflows',
  channel_silent: 'no worker serves the accounts',
  events_backlog: 'events wait too long for the CRM',
  mirror_stuck: "the CRM's own database has not taken a message for over ten minutes",
  messages_slow: 'messages take too long to reach the platform',
  workflow_stuck: 'runs in Temporal cannot go on, because their tasks keep failing',
  workflow_paused: 'an operator has paused runs in Temporal',
};
