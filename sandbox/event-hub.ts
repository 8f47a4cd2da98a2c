import { PassThrough } from 'node:stream';

/** Tells every open page that something changed; the page then asks for the view again. */
export type EventHub = {
  /** A stream of server-sent events for one page. */
  subscribe(): PassThrough;
  /** Something visible changed. Many changes at once become one event. */
  changed(): void;
  close(): void;
};

/** Milliseconds: changes closer together than this are told once. */
const GATHER = 30;
/** Milliseconds between comments that keep proxies from closing a quiet stream. */
const KEEP_ALIVE = 20_000;

/** One hub per sandbox. Nothing but "changed" goes over the stream, so a lost event costs nothing. */
export function createEventHub(): EventHub {
  const streams = new Set<PassThrough>();
  let gathering: NodeJS.Timeout | undefined;
  const write = (text: string) => streams.forEach((stream) => stream.write(text));
  const keepAlive = setInterval(() => write(': still here\n\n'), KEEP_ALIVE).unref();
  return {
    subscribe() {
      const stream = new PassThrough();
      streams.add(stream);
      stream.on('close', () => streams.delete(stream));
      stream.write('retry: 1000\nevent: changed\ndata: {}\n\n');
      return stream;
    },
    changed() {
      gathering ??= setTimeout(() => {
        gathering = undefined;
        write('event: changed\ndata: {}\n\n');
      }, GATHER).unref();
    },
    close() {
      clearInterval(keepAlive);
      clearTimeout(gathering);
      streams.forEach((stream) => stream.end());
    },
  };
}
