import type { Account } from '../driver.ts';

export type ChannelName = 'instagram' | 'whatsapp' | 'telegram';

/** A webhook as the platform posts it to the router. */
export type PlatformRequest = { path: string; headers: Record<string, string>; bytes: Buffer };

/** A request to the sandbox's control API. */
export type Control = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** What a customer wrote. `at`: ms since 1970. */
export type Word = { account: Account; customer: string; text: string; id: string; at: number };

/**
 * What the suite knows of a platform: enough to speak like it and to read what it was sent. It is
 * written from the platform's documents, like the sandbox, and shares nothing with the connector.
 */
export type Platform = {
  channel: ChannelName;
  /** What can prove that a message has arrived whose answer was lost. */
  evidence: 'echo' | 'status' | null;
  /** Text in the path of every send. */
  sendPath: string;
  /** The platform's id of the customer to whom a scenario gives this name. */
  customerId(name: string): string;
  /** Its variables of the router. `api`: where the platform finds the router. */
  environment(given: { line: string; appSecret: string; api: string }): Record<string, string>;
  /** An account as the sandbox and as the router have to be told of it. */
  account(number: number): { externalId: string; platformSide: object; routerSide: object };
  /** Tells the sandbox where the router is. */
  introduce(control: Control, api: string): Promise<unknown>;
  /** Lets the account write to the customer, by the sandbox's control API; null: nothing to do. */
  openWindow(account: Account, customer: string): { path: string; body: object } | null;
  /** The customer and the text of a send; null for calls that send nothing. */
  readSend(call: { path: string; body: unknown }): { customer: string; text: string } | null;
  /** Settings of the sandbox with which nothing is told of sends; null: nothing ever is. */
  silence: object | null;
  /** A new id of a message as the platform gives them. */
  newMessageId(): string;
  /** The body of a webhook with this word. */
  wordOf(word: Word): unknown;
  /** Signed, as the platform does it. Bytes are taken as they are. */
  signed(body: unknown, account: Account, appSecret: string): PlatformRequest;
};
