import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** How a receiver of the documents is run: its file, and the command with the file and the port. */
export type Receiver = {
  language: 'js' | 'python' | 'php';
  file: string;
  command: (file: string, port: number) => [string, ...string[]];
};

export const RECEIVERS: Receiver[] = [
  { language: 'js', file: 'receiver.mjs', command: (file) => [process.execPath, file] },
  { language: 'python', file: 'receiver.py', command: (file) => ['python3', file] },
  {
    language: 'php',
    file: 'receiver.php',
    command: (file, port) => ['php', '-S', `127.0.0.1:${port}`, file],
  },
];

/** Whether this machine can run it; PHP is on few of them. */
export function canRun({ command, file }: Receiver): boolean {
  return spawnSync(command(file, 0)[0], ['--version']).status === 0;
}

export type RunningReceiver = {
  url: string;
  /** What it printed, one line for each event that it took as new. */
  handled(): string[];
  close(): Promise<void>;
};

/** Runs the code as it stands in the document, with its own folder for what it remembers. */
export async function startReceiver(
  receiver: Receiver,
  code: string,
  environment: { WEBHOOK_SECRET: string; SCHEME: string },
): Promise<RunningReceiver> {
  const folder = mkdtempSync(join(tmpdir(), 'chat4all-receiver-'));
  writeFileSync(join(folder, receiver.file), code);
  const port = await freePort();
  const [program, ...args] = receiver.command(receiver.file, port);
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...environment, PORT: String(port), SEEN_FOLDER: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (const deadline = Date.now() + 20_000; !(await isListening(port)); await pause(50))
    if (Date.now() > deadline || child.exitCode !== null)
      throw new Error(`${receiver.file} does not listen`);
  return {
    url: `http://127.0.0.1:${port}/`,
    handled: () => output.split('\n').filter((line) => /^[a-z]+\.[a-z]+ /.test(line)),
    async close() {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
