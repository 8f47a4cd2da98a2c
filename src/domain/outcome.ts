/** What one call to a platform came to. The channel names the class; `decide` says what follows. */
export type SendOutcome =
  | {
      class: 'sent';
      /** Null where the platform gives none, as for a reaction. */
      platformMessageId: string | null;
      /** Another id by which the platform knows the recipient, where it says so. */
      recipientAlias?: string | undefined;
    }
  | ({ class: 'transient' } & Failure)
  | ({
      class: 'throttled';
      retryAfterMs?: number | undefined;
      scope: 'recipient' | 'account';
    } & Failure)
  | ({ class: 'unavailable' } & Failure)
  | ({ class: 'unknown'; platformMessageId?: string | undefined } & Failure)
  | ({ class: 'unauthorized' } & Failure)
  | ({ class: 'refused' } & Failure)
  | ({ class: 'migrated'; newRecipientId: string } & Failure);

export type OutcomeClass = SendOutcome['class'];

/** The platform's own code and text, or ours where it said nothing. Never holds message text. */
export type Failure = {
  code: string;
  message: string;
  /** The HTTP status of the answer; left out where none came. */
  statusCode?: number | undefined;
  /**
   * What the router does not know in the platform's answer, as an operator would look it up:
   * `10/2018999`. Left out where it is known.
   */
  unknownCode?: string | undefined;
};
