import type { AcceptResult } from '../../database/message-store.ts';
import { ApiError, bodyError, type FieldError } from '../errors.ts';

type Refusal = Exclude<AcceptResult, { kind: 'accepted' | 'replayed' }>;

/** The members that a refusal may name: they differ between the ways to send. */
export type MemberNames = { account: string; recipient: string; target: string };

/** Why a message was not stored, as a problem that names the member at fault. */
export function refusalOf(
  result: Refusal,
  members: MemberNames = {
    account: '/account_id',
    recipient: '/recipient_id',
    target: '/reply_to',
  },
): ApiError {
  switch (result.kind) {
    case 'conflict':
      return new ApiError('idempotency_conflict', {
        detail: 'The idempotency key or message_id was used with another body. Nothing was sent.',
        messageId: result.messageId,
      });
    case 'id_taken':
      return bodyError('message_id_taken', '/message_id', 'is in use; choose another one');
    case 'account_missing':
      return bodyError('account_not_found', '/account_id', 'is not the id of an account');
    case 'account_disabled':
      return bodyError(
        'account_disabled',
        members.account,
        'the account is disabled by its administrator',
      );
    case 'conversation_missing':
      return bodyError(
        'conversation_not_found',
        '/conversation_id',
        'is not the id of a conversation',
      );
    case 'target_missing':
      return bodyError(
        'message_not_found',
        members.target,
        'is not the id of a message of this conversation that can be answered or changed so',
      );
    case 'channel_mismatch':
      return bodyError('validation_failed', '/channel_type', `the account is on ${result.channel}`);
    case 'recipient_invalid':
      return bodyError(
        'recipient_invalid',
        members.recipient,
        `can be no recipient on ${result.channel}`,
      );
    case 'content_refused':
      return bodyError('content_refused', result.pointer, `${result.detail} (${result.code})`);
  }
}

/** The key from either place. Two that differ would leave open which of them counts. */
export function oneKey(
  inBody: string | undefined,
  inHeader: string | undefined,
): string | undefined {
  if (inBody === undefined || inHeader === undefined || inBody === inHeader)
    return inBody ?? inHeader;
  const detail = 'differs between body and header';
  const errors: FieldError[] = [
    { in: 'body', pointer: '/idempotency_key', detail },
    { in: 'header', pointer: '/idempotency-key', detail },
  ];
  throw new ApiError('validation_failed', { detail: `The idempotency key ${detail}.`, errors });
}
