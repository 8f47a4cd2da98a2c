import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AlertEntry, Journal } from './journal.ts';

/** The operators' end of the alert webhook; writes down when each alert came. */
export type AlertInbox = { url: string; close(): Promise<void> };

type Body = {
  cause: string;
  account_id: string | null;
  channel: string | null;
  state: AlertEntry['state'];
};

export async function openAlertInbox(journal: Journal<AlertEntry>): Promise<AlertInbox> {
  const server = createServer((request, response) => {
    void text(request).then((raw) => {
      const { cause, account_id, channel, state } = JSON.parse(raw) as Body;
      const account = account_id ?? channel;
      journal.write({ at: Date.now(), cause, account, state });
      response.writeHead(200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
