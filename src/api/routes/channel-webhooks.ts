import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Channel, ChannelAccount, ChannelRegistry } from '../../channels/channel.ts';
import type { AccountStore } from '../../database/account-store.ts';
import type { InboundResult, InboundStore } from '../../database/inbound-store.ts';
import type { Logger } from '../../logger.ts';
import { ApiError, unavailable } from '../errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { AccountId } from './common-schemas.ts';

/** What these routes need of the router. */
export type ChannelWebhookDeps = {
  channels: ChannelRegistry;
  accounts: Pick<AccountStore, 'open'>;
  inbound: InboundStore;
  /** Makes the dispatcher look for new work at once. */
  kick(): void;
};

/** Meta's batches stay under 3 MB; what is larger is not one. */
const LIMIT = 5 * 1024 * 1024;

const tags = ['Platform webhooks'];

/** The addresses that the platforms call, for every channel, with and without an account's id. */
export function createChannelWebhookRoutes(deps: ChannelWebhookDeps): Route[] {
  return deps.channels.names().flatMap((name) => {
    const channel = deps.channels.get(name);
    return [
      handshake(channel, `/webhooks/${name}`, 'App'),
      receive(channel, `/webhooks/${name}`, 'App', deps),
      handshake(channel, `/webhooks/${name}/{account_id}`, 'Account'),
      receive(channel, `/webhooks/${name}/{account_id}`, 'Account', deps),
    ];
  });
}

type Level = 'App' | 'Account';

function paramsOf(level: Level): z.ZodType<{ account_id?: string | undefined }> {
  return level === 'Account' ? z.object({ account_id: AccountId }) : z.object({});
}

function operation(verb: string, channel: Channel, level: Level): string {
  return `${verb}${channel.name[0]?.toUpperCase()}${channel.name.slice(1)}${level}Webhook`;
}

function handshake(channel: Channel, path: string, level: Level): Route {
  return defineRoute({
    method: 'get',
    path,
    operationId: operation('verify', channel, level),
    summary: `Answer the subscription check of ${channel.name}`,
    description:
      'The platform calls this when the webhook is set up, with the verify token that was typed ' +
      'in there. The right one is answered with the challenge, as plain text.',
    tags,
    auth: 'public',
    params: paramsOf(level),
    // Its members are the channel's own business: Meta's are `hub.mode` and so on.
    query: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    responses: {
      200: {
        description: 'The challenge.',
        schema: z.string(),
        example: '1158201444',
        contentType: 'text/plain',
      },
    },
    errors: ['handshake_refused'],
    handle({ query }) {
      const once = Object.entries(query).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : undefined,
      ]);
      const answer = channel.answerHandshake(Object.fromEntries(once));
      if (answer === null) throw new ApiError('handshake_refused');
      return { status: 200, body: answer };
    },
  });
}

function receive(channel: Channel, path: string, level: Level, deps: ChannelWebhookDeps): Route {
  return defineRoute({
    method: 'post',
    path,
    operationId: operation('receive', channel, level),
    summary: `Take webhooks of ${channel.name}`,
    description:
      'For the platform, not for you. The signature over the raw bytes is checked, and 200 is ' +
      'answered once everything is stored, also for what was here before, for accounts that are ' +
      'not registered, and for entries that cannot be read: those are kept as they came. ' +
      '503 asks the platform to send it again. At most 5 MB.',
    tags,
    auth: 'public',
    params: paramsOf(level),
    rawBodyLimit: LIMIT,
    responses: {
      200: {
        description: 'Kept.',
        // Some platforms act upon what the answer says.
        schema: z.record(z.string(), z.unknown()),
        example: { received: true },
      },
    },
    errors: ['signature_invalid', 'body_too_large', 'service_unavailable'],
    async handle({ params, bytes, allHeaders, traceId, log }) {
      const started = performance.now();
      const account = await findAccount(deps, channel, params).catch((error) => {
        throw unavailable(error);
      });
      const request = { headers: plain(allHeaders), body: bytes, account };
      if (!channel.verify(request))
        throw new ApiError('signature_invalid', {
          // HTTP wants a 401 to say how to sign in; the platforms do not read it.
          headers: { 'WWW-Authenticate': 'Signature realm="webhooks"' },
        });
      const result = await deps.inbound
        .receive({
          channel: channel.name,
          reorderWindowMs: channel.reorderWindowMs,
          body: bytes,
          events: channel.receive(request),
          traceId,
        })
        .catch((error) => {
          throw unavailable(error);
        });
      deps.kick();
      logReceived(log, channel.name, result, performance.now() - started);
      const body = channel.answerWebhook?.(request) ?? { received: true };
      return { status: 200, body };
    },
  });
}

/** The account that the address names. Some platforms tell in no other way whose webhook it is. */
async function findAccount(
  deps: ChannelWebhookDeps,
  channel: Channel,
  params: { account_id?: string | undefined },
): Promise<ChannelAccount | null> {
  if (params.account_id === undefined) return null;
  const account = await deps.accounts.open(params.account_id);
  return account?.channel === channel.name ? account : null;
}

function plain(headers: IncomingHttpHeaders): Record<string, string | string[] | undefined> {
  return { ...headers };
}

function logReceived(log: Logger, channel: string, result: InboundResult, ms: number): void {
  const fields = { channel, duration_ms: Math.round(ms * 10) / 10 };
  for (const { messageId, accountId, conversationId } of result.messages)
    log.info('message received', {
      ...fields,
      message_id: messageId,
      account_id: accountId,
      conversation_id: conversationId,
    });
  log.info('platform webhook kept', { ...fields, count: result.stored });
  if (result.unreadable > 0)
    log.warn('platform webhook with entries that cannot be read', {
      ...fields,
      count: result.unreadable,
    });
}
