import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';
import { type Answer, request } from './http.ts';

export const BOT = '7100000042';
export const TOKEN = `${BOT}:AAtest-token_0000000000000000000000000`;
export const SECRET = 'hook-secret_1';

export type Json = Record<string, unknown>;
export type TelegramAnswer = Json & {
  ok: boolean;
  result: Json & { message_id: number };
  error_code?: number;
  description?: string;
  parameters?: Json;
};
export type Update = Json & { update_id: number; message?: Json; callback_query?: Json };
type Reply = {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  wait?: Promise<unknown>;
};

/** A webhook that keeps what it gets and answers as it is told; 200 when nothing is left. */
export type Hook = {
  url: string;
  received: { at: number; headers: IncomingHttpHeaders; raw: string; update: Update }[];
  updates(): Update[];
  replies: Reply[];
  /** Stands before `replies` where it has something to say. */
  reply: ((update: Update) => Reply | undefined) | null;
  close(): Promise<void>;
};

export async function startHook(): Promise<Hook> {
  const hook: Omit<Hook, 'url' | 'close'> = {
    received: [],
    updates: () => hook.received.map(({ update }) => update),
    replies: [],
    reply: null,
  };
  const server = createServer(async (incoming, answer) => {
    const raw = await text(incoming);
    const update = JSON.parse(raw) as Update;
    hook.received.push({ at: performance.now(), headers: incoming.headers, raw, update });
    const reply = hook.reply?.(update) ?? hook.replies.shift() ?? {};
    await reply.wait;
    answer.writeHead(reply.status ?? 200, reply.headers ?? {});
    answer.end(reply.body ?? '');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return Object.assign(hook, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** A sandbox with one bot and a webhook that is not registered yet. */
export type Fixture = {
  sandbox: Sandbox;
  hook: Hook;
  control: typeof request;
  /** A call of the Bot API with the bot's token. */
  bot(method: string, body?: unknown): Promise<Answer<TelegramAnswer>>;
  /** Registers the hook. */
  listen(options?: Json): Promise<Answer<TelegramAnswer>>;
  /** Somebody writes; resolves with the ids of the messages. */
  write(chat: string, message: Json): Promise<number[]>;
  /** What `/control/telegram/customers/{id}/…` answers. */
  act(chat: string, verb: string, body?: Json): Promise<Answer>;
  settings(values: Json): Promise<Answer>;
  close(): Promise<void>;
};

export async function startFixture(options: Partial<SandboxOptions> = {}): Promise<Fixture> {
  const sandbox = await startSandbox({ port: 0, appSecret: 'a', verifyToken: 'v', ...options });
  const hook = await startHook();
  const control: typeof request = (method, path, body) =>
    request(method, `${sandbox.url}/control/telegram${path}`, body);
  const bot: Fixture['bot'] = (method, body) =>
    request('POST', `${sandbox.url}/telegram/bot${TOKEN}/${method}`, body ?? {});
  const act: Fixture['act'] = (chat, verb, body) =>
    control('POST', `/customers/${chat}/${verb}`, { account: BOT, ...body });
  await control('POST', '/accounts', { bot_token: TOKEN, username: 'shop_bot' });
  return {
    sandbox,
    hook,
    control,
    bot,
    act,
    listen: (extra) => bot('setWebhook', { url: hook.url, secret_token: SECRET, ...extra }),
    async write(chat, message) {
      const { status, body } = await act(chat, 'messages', message);
      if (status !== 200) throw new Error(`Control refused it: ${JSON.stringify(body)}`);
      return body['message_ids'] as number[];
    },
    settings: (values) => control('PUT', '/settings', values),
    async close() {
      await sandbox.close();
      await hook.close();
    },
  };
}

/** Code and description of a refusal. */
export function refusal({ status, body }: Answer<TelegramAnswer>): string {
  return `${status} ${body.description ?? ''}`;
}
