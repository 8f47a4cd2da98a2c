import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { RouterUnderTest } from './router.ts';
import type { TestNamespace } from './temporal.ts';

/** Private things by what they are, so that a failure says what leaked. */
export type Canaries = Readonly<Record<string, string>>;

/** The names of those that are in there; never their surroundings. */
export function leakedOf(
  canaries: Canaries,
  haystack: string | Buffer,
  names = Object.keys(canaries),
): string[] {
  return names.filter((name) => haystack.includes(canaries[name] ?? name));
}

const SECRET_SETTINGS = [
  'ADMIN_API_KEY',
  'ALERT_WEBHOOK_SECRET',
  'CRM_MYSQL_PASSWORD',
  'CRM_WEBHOOK_SECRET',
  'DATABASE_URL',
  'ENCRYPTION_KEYS',
  'FACEBOOK_APP_SECRET',
  'FACEBOOK_VERIFY_TOKEN',
  'INSTAGRAM_APP_SECRET',
];

/** The secrets that a router was started with, by their variables. */
export function secretSettings({ env }: RouterUnderTest): Canaries {
  const set = SECRET_SETTINGS.filter((name) => env[name]);
  return Object.fromEntries(set.map((name) => [name, env[name] ?? '']));
}

/** Ends both processes in order, so that they have written all they will; gives what they wrote. */
export async function finalOutput({ processes }: RouterUnderTest): Promise<string> {
  const both = processes ? [processes.api, processes.worker] : [];
  await Promise.all(both.map((each) => each.end('SIGTERM')));
  return both.map((each) => each.output()).join('');
}

/** What Temporal keeps of one run. */
export type TemporalRecord = { workflowId: string; type: string; bytes: Buffer };

/** Every run of the namespace: its history, memo, names and labels. */
export async function temporalRecords({
  address,
  namespace,
}: TestNamespace): Promise<TemporalRecord[]> {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection, namespace });
  const records: TemporalRecord[] = [];
  try {
    for await (const { workflowId, runId, type } of workflow.list()) {
      const handle = workflow.getHandle(workflowId, runId);
      // The encoded form holds every payload as it is; in JSON it would be in base64.
      const history = proto.temporal.api.history.v1.History.encode(await handle.fetchHistory());
      const { raw } = await handle.describe();
      const bytes = Buffer.concat([history.finish(), Buffer.from(JSON.stringify(raw))]);
      if (!bytes.includes(type)) throw new Error(`The record of ${workflowId} cannot be searched.`);
      records.push({ workflowId, type, bytes });
    }
    return records;
  } finally {
    await connection.close();
  }
}

type Letters = { data: { dead_letter_id: string }[] };

/**
 * What the router shows to those who run it: alerts, dead letters and its health. Without what a
 * CRM answered to its own webhook, which is shown to its administrator word for word.
 */
export async function shownToOperators(router: RouterUnderTest): Promise<string> {
  const paths = ['/api/v1/admin/alerts', '/health', '/health/ready'];
  for (const kind of ['webhooks', 'messages']) {
    const list = `/api/v1/admin/dlq/${kind}`;
    const { body } = await router.call<Letters>('GET', list);
    paths.push(list, ...body.data.map(({ dead_letter_id: id }) => `${list}/${id}`));
  }
  const answers = await Promise.all(
    paths.map(async (path) => {
      const { body } = await router.call<object>('GET', path);
      const isWebhook = path.includes('/webhooks/');
      return JSON.stringify(body, (key, value: unknown) =>
        isWebhook && key === 'detail' ? undefined : value,
      );
    }),
  );
  return answers.join('\n');
}

/** A receiver of alerts that keeps what it got. */
export type AlertReceiver = { url: string; got(): string[]; close(): Promise<void> };

/** Listens on a port of its own. */
export async function openAlertReceiver(): Promise<AlertReceiver> {
  const got: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      got.push(body);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    got: () => got,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
