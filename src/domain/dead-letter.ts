/** What can be asked of an open dead letter. */
export type Asked = 'replay' | 'discard';

/**
 * Who asks: `row`, what the API has written into the letter's row; or a signal to its workflow: the
 * how manieth that a run has had, together with those that it continues or is a reset of.
 */
export type AskedBy = 'row' | { run: string; number: number };
