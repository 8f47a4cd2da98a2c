import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request that the demo CRM made. */
export type RouterCall = {
  method: string;
  path: string;
  key: string | undefined;
  body: Record<string, unknown>;
};

/** A router that answers what a test says, and accepts everything else. */
export type ScriptedRouter = {
  url: string;
  calls: RouterCall[];
  /** Answers this path from now on. */
  on(path: string, answer: (call: RouterCall, response: ServerResponse) => void): void;
  close(): Promise<void>;
};

export async function startScriptedRouter(): Promise<ScriptedRouter> {
  const calls: RouterCall[] = [];
  const answers = new Map<string, (call: RouterCall, response: ServerResponse) => void>();
  const server = createServer(async (incoming: IncomingMessage, response) => {
    const { method = '', url: path = '', headers } = incoming;
    const raw = await text(incoming);
    const body = raw === '' ? {} : JSON.parse(raw);
    const call = { method, path, key: headers.authorization, body };
    calls.push(call);
    const answer = answers.get(path);
    if (answer) answer(call, response);
    else response.writeHead(202).end('{}');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    on: (path, answer) => void answers.set(path, answer),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Ends a response with JSON. */
export function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
