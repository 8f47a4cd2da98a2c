import type { z } from 'zod';
import type { MessageStatusView } from '../../database/message-store.ts';
import { transitionData } from '../../domain/transition.ts';
import { isoOrNull } from './common-schemas.ts';
import type { MessageStatusResponse } from './message-schemas.ts';

/** What has become of a message, as every answer shows it. */
export function presentStatus(view: MessageStatusView): z.input<typeof MessageStatusResponse> {
  return { ...presentSending(view), status: view.status };
}

/** The same without the status, which a customer's own message has none of. */
export function presentSending(
  view: Omit<MessageStatusView, 'status'>,
): Omit<z.input<typeof MessageStatusResponse>, 'status'> {
  return {
    message_id: view.messageId,
    account_id: view.accountId,
    conversation_id: view.conversationId,
    channel: view.channel,
    retry_count: view.retryCount,
    possible_duplicate: view.possibleDuplicate,
    platform_message_id: view.platformMessageId,
    instagram_message_id: view.channel === 'instagram' ? view.platformMessageId : null,
    position: view.position,
    created_at: view.createdAt.toISOString(),
    next_attempt_at: isoOrNull(view.nextAttemptAt),
    wait_reason: view.waitReason,
    error: view.error,
    transitions: view.transitions.map(transitionData),
    errors: view.errors.map((each) => ({ ...each, at: each.at.toISOString() })),
    parts: view.parts.map((each) => ({
      part: each.part,
      status: each.status,
      platform_message_id: each.platformMessageId,
    })),
  };
}
