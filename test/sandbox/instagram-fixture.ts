import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';
import { type Answer, request } from './http.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export const APP_SECRET = 'test-app-secret';
export const VERIFY_TOKEN = 'test-verify-token';
export const ACCOUNT = '17841400000000042';
export const TOKEN = 'IGAAtest';

/** A sandbox with one subscribed account and a callback URL that keeps what it gets. */
export type Fixture = {
  sandbox: Sandbox;
  receiver: Receiver;
  control: typeof request;
  /** A call of the fake platform with the account's token. */
  graph(method: string, path: string, body?: unknown): Promise<Answer<Graph>>;
  /** The customer writes; resolves with the mid. */
  write(customer: string, message: object): Promise<string>;
  send(customer: string, text: string): Promise<Answer<Graph>>;
  close(): Promise<void>;
};

export type Graph = Record<string, unknown> & {
  message_id?: string;
  error?: { code: number; error_subcode?: number; message: string; fbtrace_id: string };
};

export async function startFixture(options: Partial<SandboxOptions> = {}): Promise<Fixture> {
  const sandbox = await startSandbox({
    port: 0,
    appSecret: APP_SECRET,
    verifyToken: VERIFY_TOKEN,
    ...options,
  });
  const receiver = await startReceiver(VERIFY_TOKEN);
  const control: typeof request = (method, path, body) =>
    request(method, `${sandbox.url}/control${path}`, body);
  const graph: Fixture['graph'] = (method, path, body) =>
    request(method, `${sandbox.url}/instagram${path}`, body, { authorization: `Bearer ${TOKEN}` });
  await control('POST', '/instagram/accounts', {
    instagram_account_id: ACCOUNT,
    username: 'shop',
    access_token: TOKEN,
  });
  await control('PUT', '/instagram/webhook', { url: receiver.url });
  await graph('POST', `/${ACCOUNT}/subscribed_apps?subscribed_fields=messages`);
  return {
    sandbox,
    receiver,
    control,
    graph,
    async write(customer, message) {
      const path = `/instagram/customers/${customer}/messages`;
      const { body } = await control('POST', path, { account: ACCOUNT, ...message });
      return String(body['mid']);
    },
    send: (customer, text) =>
      graph('POST', '/v25.0/me/messages', { recipient: { id: customer }, message: { text } }),
    async close() {
      await sandbox.close();
      await receiver.close();
    },
  };
}
