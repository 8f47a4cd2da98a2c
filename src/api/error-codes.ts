/** Every code that an error answer of this API can carry. Clients may switch on it. */
export type ErrorCode =
  | 'validation_failed'
  | 'invalid_body'
  | 'bad_request'
  | 'credentials_refused'
  | 'account_mismatch'
  | 'platform_refused'
  | 'recipient_invalid'
  | 'unauthorized'
  | 'signature_invalid'
  | 'role_forbidden'
  | 'account_forbidden'
  | 'handshake_refused'
  | 'route_not_found'
  | 'message_not_found'
  | 'account_not_found'
  | 'conversation_not_found'
  | 'api_key_not_found'
  | 'dead_letter_not_found'
  | 'webhook_delivery_not_found'
  | 'bulk_replay_not_found'
  | 'auto_reply_not_found'
  | 'attachment_not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'account_exists'
  | 'account_disabled'
  | 'message_id_taken'
  | 'webhook_url_missing'
  | 'message_state_conflict'
  | 'dead_letter_not_open'
  | 'bulk_replay_over'
  | 'auto_reply_limit'
  | 'mirror_off'
  | 'not_supported'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'idempotency_conflict'
  | 'content_refused'
  | 'rate_limited'
  | 'headers_too_large'
  | 'internal_error'
  | 'platform_unavailable'
  | 'mirror_unavailable'
  | 'service_unavailable';

/** The HTTP status of a code. The only place where the two meet. */
export function statusOf(code: ErrorCode): number {
  switch (code) {
    case 'validation_failed':
    case 'invalid_body':
    case 'bad_request':
    case 'credentials_refused':
    case 'account_mismatch':
    case 'platform_refused':
    case 'recipient_invalid':
      return 400;
    case 'unauthorized':
    case 'signature_invalid':
      return 401;
    case 'role_forbidden':
    case 'account_forbidden':
    case 'handshake_refused':
      return 403;
    case 'route_not_found':
    case 'message_not_found':
    case 'account_not_found':
    case 'conversation_not_found':
    case 'api_key_not_found':
    case 'dead_letter_not_found':
    case 'webhook_delivery_not_found':
    case 'bulk_replay_not_found':
    case 'auto_reply_not_found':
    case 'attachment_not_found':
      return 404;
    case 'method_not_allowed':
      return 405;
    case 'request_timeout':
      return 408;
    case 'account_exists':
    case 'account_disabled':
    case 'message_id_taken':
    case 'webhook_url_missing':
    case 'message_state_conflict':
    case 'dead_letter_not_open':
    case 'bulk_replay_over':
    case 'auto_reply_limit':
    case 'mirror_off':
    case 'not_supported':
      return 409;
    case 'body_too_large':
      return 413;
    case 'unsupported_media_type':
      return 415;
    case 'idempotency_conflict':
    case 'content_refused':
      return 422;
    case 'rate_limited':
      return 429;
    case 'headers_too_large':
      return 431;
    case 'internal_error':
      return 500;
    case 'platform_unavailable':
    case 'mirror_unavailable':
      return 502;
    case 'service_unavailable':
      return 503;
  }
}

/** The `title` of the problem document, and the line that the documentation shows for the code. */
export const ERROR_TITLES: Record<ErrorCode, string> = {
  validation_failed: 'A member, parameter or header has a value that is not allowed',
  invalid_body: 'The body is not JSON that this API reads',
  bad_request: 'The request is not well-formed HTTP',
  credentials_refused: 'The platform does not accept these credentials',
  account_mismatch: 'The credentials belong to another platform account',
  platform_refused: 'The platform refused to connect the account',
  recipient_invalid: 'The platform has no such recipients',
  unauthorized: 'The API key is missing or not valid',
  signature_invalid: 'The signature is missing or does not fit the body',
  role_forbidden: 'The role of the API key does not allow this operation',
  account_forbidden: 'The API key may not use this account',
  handshake_refused: 'The verify token is missing or wrong',
  route_not_found: 'There is nothing at this path',
  message_not_found: 'There is no such message',
  account_not_found: 'There is no such account',
  conversation_not_found: 'There is no such conversation',
  api_key_not_found: 'There is no such API key',
  dead_letter_not_found: 'There is no such dead letter',
  webhook_delivery_not_found: 'There is no such webhook',
  bulk_replay_not_found: 'There is no such bulk replay',
  auto_reply_not_found: 'There is no such rule in the account',
  attachment_not_found: 'The message has no such file',
  method_not_allowed: 'This path does not take this method',
  request_timeout: 'The request did not arrive in time',
  account_exists: 'The platform account is registered already',
  account_disabled: 'The account is disabled',
  message_id_taken: 'The message id is in use',
  webhook_url_missing: 'The account has no webhook URL',
  message_state_conflict: 'In its present status this makes no sense for the message',
  dead_letter_not_open: 'The dead letter is not open',
  bulk_replay_over: 'The bulk replay is over',
  auto_reply_limit: 'The account has as many rules as it may have',
  mirror_off: "No copy is kept in the CRM's own database",
  not_supported: 'The channel has no such thing',
  body_too_large: 'The body is too large',
  unsupported_media_type: 'The body has a type or an encoding that this API does not read',
  idempotency_conflict: 'The key or id was used before with another body',
  content_refused: 'The platform would not take this content',
  rate_limited: 'Too many requests',
  headers_too_large: 'The request headers are too large',
  internal_error: 'Something went wrong on our side',
  platform_unavailable: 'The platform did not answer',
  mirror_unavailable: "The CRM's own database did not answer as it should",
  service_unavailable: 'The service cannot do this right now',
};

/** Whether the same request may succeed later without being changed. */
export function isRetryable(code: ErrorCode): boolean {
  const status = statusOf(code);
  return status >= 500 || status === 429 || status === 408;
}
