import { refusals } from './errors.ts';
import { seconds } from './json.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import type { Bot, Webhook } from './state.ts';
import { readAllowed } from './update-kinds.ts';

const PORTS = new Set(['', '443', '80', '88', '8443']);
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const DEFAULT_CONNECTIONS = 40;
const MAX_CONNECTIONS = 100;

const lastCall = new WeakMap<Bot, number>();

/** https://core.telegram.org/bots/api#setwebhook, with plain HTTP to this machine as well. */
export const setWebhook: Method = (deps, call) => {
  const { bot, params } = call;
  const url = params.text('url')?.trim() ?? '';
  if (url === '') return removeWebhook(deps, call);
  throttle(deps, bot);
  checkUrl(url);
  const secretToken = readSecret(params.text('secret_token'));
  const given = params.integer('max_connections') ?? DEFAULT_CONNECTIONS;
  const maxConnections = Math.min(Math.max(given, 1), MAX_CONNECTIONS);
  const allowed = params.list('allowed_updates');
  if (allowed) bot.allowedUpdates = readAllowed(allowed);
  if (params.flag('drop_pending_updates')) deps.queue.clear(bot);
  deps.polls.end(bot, refusals.terminatedBySetWebhook());
  const before = bot.webhook;
  const same = before?.url === url;
  const fresh: Webhook = { url, secretToken, maxConnections, lastError: null, goneSince: null };
  if (same) Object.assign(before, { secretToken, maxConnections });
  else bot.webhook = fresh;
  deps.webhooks.pump(bot);
  const unchanged = same && before.secretToken === secretToken;
  return { result: true, description: unchanged ? 'Webhook is already set' : 'Webhook was set' };
};

/** https://core.telegram.org/bots/api#deletewebhook */
export const deleteWebhook: Method = (deps, call) => removeWebhook(deps, call);

function removeWebhook({ queue }: MethodDeps, { bot, params }: MethodCall) {
  const had = bot.webhook !== null;
  bot.webhook = null;
  if (params.flag('drop_pending_updates')) queue.clear(bot);
  return {
    result: true,
    description: had ? 'Webhook was deleted' : 'Webhook is already deleted',
  };
}

/** https://core.telegram.org/bots/api#getwebhookinfo */
export const getWebhookInfo: Method = ({ queue }, { bot }) => {
  queue.ready(bot);
  const { webhook, allowedUpdates } = bot;
  return {
    result: {
      url: webhook?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: bot.pending.length,
      ...(webhook?.lastError && {
        last_error_date: seconds(webhook.lastError.at),
        last_error_message: webhook.lastError.message,
      }),
      ...(webhook && { max_connections: webhook.maxConnections, ip_address: '127.0.0.1' }),
      ...(allowedUpdates && { allowed_updates: allowedUpdates }),
    },
  };
};

function throttle({ settings }: MethodDeps, bot: Bot): void {
  const last = lastCall.get(bot);
  if (last !== undefined && Date.now() - last < settings.set_webhook_gap_ms)
    throw refusals.tooManyRequests(1);
  lastCall.set(bot, Date.now());
}

function checkUrl(text: string): void {
  const bad = (why: string) => refusals.badRequest(`bad webhook: ${why}`);
  if (!URL.canParse(text)) throw bad('invalid webhook URL specified');
  const { protocol, hostname, port } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') throw bad('invalid webhook URL specified');
  if (LOOPBACK.test(hostname)) return;
  if (protocol !== 'https:') throw bad('An HTTPS URL must be provided for webhook');
  if (!PORTS.has(port)) throw bad('Webhook can be set up only on ports 80, 88, 443 or 8443');
}

function readSecret(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (text.length > 256) throw refusals.badRequest('secret token is too long');
  if (/^[\w-]+$/.test(text)) return text;
  throw refusals.badRequest('secret token contains unallowed characters');
}
