/** A person of the demo account, as the lists of the page show them. */
export type PhoneCustomer = {
  id: string;
  name: string | null;
  username: string;
  /** The newest message in a few words; null before the first one. */
  preview: string | null;
  at: number | null;
  /** Messages of the business that the person has not looked at. */
  unseen: number;
};

/** One message as the phone shows it, whatever the platform. */
export type PhoneMessage = {
  id: string;
  from: 'customer' | 'business';
  text: string | null;
  /** `src`: a path of the sandbox that needs no token; null where there is nothing to look at. */
  media: { type: string; src: string | null; name: string | null }[];
  /** The platform's time. */
  at: number;
  /** When exactly, where the platform's time is in whole seconds. */
  writtenAt?: number;
  /** Of the business's message, and as ticks beside the person's own; null: no such thing there. */
  status: 'sent' | 'delivered' | 'read' | null;
  deleted: boolean;
  edited: boolean;
  reactions: string[];
  /** What it answers, in a few words. */
  quote: string | null;
  /** Labels of buttons below it, to be pressed by their position. */
  buttons: string[];
  /** Something else worth a word: "typed in the app". */
  note: string | null;
};

/** What became of telling the router about a message. */
export type Telling = {
  state: 'held' | 'sending' | 'retrying' | 'delivered' | 'stopped';
  at: number | null;
};

export type PhoneThread = {
  /** When the business may write; null on platforms that know no such window. */
  window: { open: boolean; closes_at: number | null } | null;
  messages: PhoneMessage[];
  /** The business shows that it is writing. */
  typing?: boolean;
};

/** What somebody writes on the phone. */
export type PhoneText = {
  text?: string | undefined;
  /** Sends a photo too; the sandbox's own address, for platforms that send links. */
  photoFrom?: string | undefined;
  /** Id of the message it answers. */
  replyTo?: string | undefined;
};

/** A message of another kind than words and photos, or something that the owner does in the app. */
export type PhoneSample = { by: 'customer' | 'owner'; name: string };

/**
 * The demo account's phone on the page. Methods that are left out are things that nobody can do on
 * that platform; the page then offers no button. Ids that are not known are ignored.
 */
export type Phone = {
  account(): { id: string; name: string };
  /** What is not set up yet, as sentences that say which request helps. */
  missing(): string[];
  customers(): PhoneCustomer[];
  /** Null for a person the account does not know. */
  open(customerId: string): PhoneThread | null;
  /** Null where the router is not told of this message. */
  telling(messageId: string): Telling | null;
  /** A new person; returns the id. */
  add(name: string): string;
  write(customerId: string, given: PhoneText): void;
  /** What {@link playSample} plays. */
  samples?(): PhoneSample[];
  playSample?(customerId: string, sample: PhoneSample): void;
  /** The person looks at everything the business wrote. */
  see?(customerId: string): void;
  /** Null takes it back. */
  react?(customerId: string, messageId: string, emoji: string | null): void;
  takeBack?(customerId: string, messageId: string): void;
  edit?(customerId: string, messageId: string, text: string): void;
  press?(customerId: string, messageId: string, button: number): void;
  /** The bytes behind a `src` of the form `/phone/<platform>/files/<id>`. */
  file?(id: string): { type: string; bytes: Buffer } | null;
};

/** What a file is called at its address; null where that says nothing. */
export function fileNameAt(url: string | null | undefined): string | null {
  if (!url || !URL.canParse(url)) return null;
  return new URL(url).pathname.split('/').at(-1) || null;
}

/** Calls `act` with a thread and one of its messages, if both are there. */
export function actOn<M, T extends { messages: M[] }>(
  thread: T | undefined,
  isWanted: (message: M) => boolean,
  act: (thread: T, message: M) => void,
): void {
  const message = thread?.messages.find(isWanted);
  if (thread && message) act(thread, message);
}
