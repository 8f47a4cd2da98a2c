import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import { createParts } from './parts.ts';
import type { CreatePlatform } from './platform.ts';
import type { CrmMysql } from './crm/table.ts';
import type { RouterWiring } from './wiring.ts';

export { DEMO_ACCOUNT } from './instagram/state.ts';
export { DEMO_BOT, DEMO_BOT_ID } from './telegram/state.ts';
export { DEMO_WHATSAPP_ACCOUNT } from './whatsapp/state.ts';

export type SandboxOptions = {
  /** 0 picks a free one. */
  port: number;
  /** Default: 127.0.0.1. The control API has no key; open it to nobody else. */
  host?: string;
  /** JSON file for accounts, customers, chats and subscriptions; without it nothing is kept. */
  stateFile?: string;
  /** What the fake Meta app signs webhooks with. */
  appSecret: string;
  /** What the fake Meta app sends in the handshake, unless the registration names another. */
  verifyToken: string;
  /** The router the demo CRM talks to; `PUT /control/router` sets or replaces it later. */
  router?: RouterWiring;
  /** The CRM's own database, whose table the page then shows; `PUT /control/router` changes it. */
  crmMysql?: CrmMysql;
  /** Default: those of `platforms.ts`. */
  platforms?: Record<string, CreatePlatform>;
};

export type Sandbox = {
  /** Without a slash at the end. */
  url: string;
  port: number;
  /** Saves the state and ends every connection. */
  close(): Promise<void>;
};

/** Starts the sandbox. Rejects if the port is taken (`EADDRINUSE`). */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const parts = createParts(options);
  const server = createServer(createApp(parts).callback());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host ?? '127.0.0.1'}:${port}`;
  parts.resume(url);
  return {
    url,
    port,
    async close() {
      parts.close();
      const closed = new Promise((resolve) => server.close(resolve));
      // A page keeps its event stream open for ever; waiting for it would never end.
      server.closeAllConnections();
      await closed;
    },
  };
}
