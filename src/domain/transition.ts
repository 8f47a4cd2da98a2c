import type { MessageStatus, TransitionSource } from './message.ts';

/** A change of a message's status. */
export type TransitionView = {
  status: MessageStatus | 'requeued';
  at: Date;
  source: TransitionSource;
  attempt: number | null;
  errorClass: string | null;
  errorCode: string | null;
};

/** The same in JSON, told alike in events, status and history. */
export type TransitionData = {
  status: MessageStatus | 'requeued';
  at: string;
  source: TransitionSource;
  attempt: number | null;
  error_class: string | null;
  error_code: string | null;
};

/** A change of status as events, status and history tell it. */
export function transitionData(view: TransitionView): TransitionData {
  return {
    status: view.status,
    at: view.at.toISOString(),
    source: view.source,
    attempt: view.attempt,
    error_class: view.errorClass,
    error_code: view.errorCode,
  };
}
