import type { Files } from './files.ts';
import type { Flood } from './flood.ts';
import type { LongPolls } from './long-polls.ts';
import type { Parameters } from './parameters.ts';
import type { TelegramSettings } from './settings.ts';
import type { Bot, TelegramState } from './state.ts';
import type { UpdateQueue } from './update-queue.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** What the methods of the Bot API work with. */
export type MethodDeps = {
  state: TelegramState;
  settings: TelegramSettings;
  now: () => number;
  files: Files;
  flood: Flood;
  queue: UpdateQueue;
  polls: LongPolls;
  webhooks: Pick<WebhookSender, 'pump'>;
};

export type MethodCall = {
  bot: Bot;
  params: Parameters;
  /** Aborts when the caller hangs up. */
  signal: AbortSignal;
};

/** What goes into `result`, and beside it. */
export type MethodResult = { result: unknown; description?: string };

/** One method. Throws {@link TelegramError} as the platform refuses. */
export type Method = (deps: MethodDeps, call: MethodCall) => MethodResult | Promise<MethodResult>;
