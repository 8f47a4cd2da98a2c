import type { Middleware } from 'koa';
import type { Clock } from './clock.ts';
import type { Fault, FaultQueue } from './faults.ts';
import type { Feed } from './feed.ts';
import type { Ledger } from './ledger.ts';
import type { Phone } from './phone.ts';

/** Makes one platform. The key it stands under in `platforms.ts` is its name in all paths. */
export type CreatePlatform = (deps: PlatformDeps) => PlatformParts;

/** What the sandbox gives to each of its platforms. */
export type PlatformDeps = {
  /** This platform's part of the saved state; `empty` makes it where the file has none. */
  saved<T extends object>(empty: () => T): T;
  /** The sandbox's own address, known once it listens; for links to its files. */
  origin(): string;
  clock: Clock;
  feed: Feed;
  /** Saves and tells the pages. Requests do so on their own; timers have to. */
  changed(): void;
  /** Whether one of this platform's {@link PlatformParts.switches} is on. */
  isOn(switchName: string): boolean;
  /** What the fake Meta app signs webhooks with, and what it sends in the handshake. */
  appSecret: string;
  verifyToken: string;
};

/** A switch of the page: one thing that goes wrong until it is turned off. */
export type Switch = {
  /** In `PUT /control/switches`; the same trouble has the same name on every platform. */
  name: string;
  title: string;
  hint: string;
  /** For the feed, as "… from now on". */
  told: string;
  /** Stands behind the queue of the platform's faults; null where a rule of the state does it. */
  fault: Fault | null;
};

/** One fake platform, whole: a folder of the sandbox and a line in `platforms.ts`. */
export type PlatformParts = {
  /** For people. */
  title: string;
  /** Everything below `/<name>/`, behind the ledger: `faults.play` is one of them. */
  api: Middleware[];
  /** Routes below `/control/<name>`; ledger, faults and switches are added for every platform. */
  control: Middleware;
  ledger: Ledger;
  faults: FaultQueue;
  switches: Switch[];
  /** Members for the router's `PUT /api/v1/accounts/{id}` when the demo account logs in again. */
  credentials: Record<string, string>;
  /** Forgets what happened; with `everything` what was set up too. The demo account is there after. */
  reset(everything: boolean): void;
  /** Takes up what was waiting when the sandbox stopped; called once it listens. */
  resume(): void;
  /** Stops every timer; what is not done yet stays in the saved state. */
  close(): void;
  phone: Phone;
};

export type Platform = PlatformParts & { name: string };
