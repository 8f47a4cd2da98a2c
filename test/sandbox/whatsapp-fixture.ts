import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/sandbox.ts';
import { type Answer, request, until } from './http.ts';
import { type Receiver, startReceiver } from './receiver.ts';

export const APP_SECRET = 'test-app-secret';
export const VERIFY_TOKEN = 'test-verify-token';
export const NUMBER_ID = '106540000000042';
export const WABA_ID = '102290000000042';
export const NUMBER = '15550100042';
export const TOKEN = 'EAAtest';
/** A person; the number is as a webhook gives it. */
export const ANA = '491511234567';

type Json = Record<string, unknown>;
export type Value = {
  metadata: Json;
  contacts?: Json[];
  messages?: Json[];
  statuses?: (Json & { id: string; status: string })[];
  message_echoes?: Json[];
  errors?: Json[];
};
export type Graph = Json & {
  id?: string;
  messages?: { id: string }[];
  contacts?: { input: string; wa_id?: string; user_id?: string }[];
  error?: { code: number; message: string; error_data?: { details: string } };
};

/** A sandbox with one subscribed number and a callback URL that keeps what it gets. */
export type Fixture = {
  sandbox: Sandbox;
  receiver: Receiver;
  control: typeof request;
  /** A call of the fake platform with the number's token. */
  graph(method: string, path: string, body?: unknown): Promise<Answer<Graph>>;
  /** The customer writes; resolves with the message's id. */
  write(customer: string, message: object): Promise<string>;
  /** Sends to the person, and expects nothing of the answer. */
  send(to: string, message: object): Promise<Answer<Graph>>;
  /** All values of all webhooks, in the order of their arrival. */
  values(): Value[];
  /** The statuses of a message, once there are so many. */
  statuses(id: string | undefined, count: number): Promise<NonNullable<Value['statuses']>>;
  /** Waits until every webhook was taken. */
  settled(): Promise<void>;
  settings(change: object): Promise<void>;
  close(): Promise<void>;
};

export async function startFixture(options: Partial<SandboxOptions> = {}): Promise<Fixture> {
  const sandbox = await startSandbox({
    ...{ port: 0, appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN },
    ...options,
  });
  const receiver = await startReceiver(VERIFY_TOKEN);
  const control: typeof request = (method, path, body) =>
    request(method, `${sandbox.url}/control${path}`, body);
  const graph: Fixture['graph'] = (method, path, body) =>
    request(method, `${sandbox.url}/whatsapp${path}`, body, { authorization: `Bearer ${TOKEN}` });
  await control('POST', '/whatsapp/accounts', {
    phone_number_id: NUMBER_ID,
    waba_id: WABA_ID,
    display_phone_number: NUMBER,
    access_token: TOKEN,
  });
  await control('PUT', '/whatsapp/webhook', { url: receiver.url });
  await graph('POST', `/${WABA_ID}/subscribed_apps`);
  const values = () =>
    receiver.received.flatMap(({ body }) =>
      (body as unknown as { entry: { changes: { value: Value }[] }[] }).entry.flatMap((entry) =>
        entry.changes.map(({ value }) => value),
      ),
    );
  const statusesOf = (id: string | undefined) =>
    values().flatMap(({ statuses = [] }) => statuses.filter((status) => status.id === id));
  return {
    ...{ sandbox, receiver, control, graph, values },
    async write(customer, message) {
      const path = `/whatsapp/customers/${customer}/messages`;
      const { body } = await control('POST', path, { account: NUMBER_ID, ...message });
      return String(body['message_id']);
    },
    send: (to, message) =>
      graph('POST', `/v25.0/${NUMBER_ID}/messages`, {
        ...{ messaging_product: 'whatsapp', recipient_type: 'individual', to },
        ...message,
      }),
    async statuses(id, count) {
      await until(`${count} statuses`, () => statusesOf(id).length >= count);
      return statusesOf(id);
    },
    settled: () =>
      until('all webhooks are taken', async () => {
        const { body } = await control('GET', '/whatsapp/webhooks');
        return body['waiting'] === 0;
      }),
    async settings(change) {
      await control('PUT', '/whatsapp/settings', change);
    },
    async close() {
      await sandbox.close();
      await receiver.close();
    },
  };
}

/** A text as `POST …/messages` takes it. */
export function text(body: string): object {
  return { type: 'text', text: { body } };
}
