/** The port to the CRM: one signed POST of bytes that are already frozen. */
export type WebhookSender = {
  /**
   * Why a webhook to this URL would be refused, as far as it shows without asking DNS, and what to
   * do about it; null where nothing speaks against it. The same judgement as that of `post`.
   */
  problemWith(url: string): string | null;
  /** Posts once. Never throws: every way a post can end is an answer. */
  post(request: WebhookPost): Promise<WebhookAnswer>;
};

export type WebhookPost = {
  url: string;
  /** `whd_…`: the same on every attempt and replay of one event. */
  webhookId: string;
  body: string;
  /** Newest first: each live secret signs, so that a receiver may switch during the overlap. */
  secrets: string[];
  /** Sent beside our own, which they cannot replace. Never logged, nor kept with the answer. */
  headers?: Readonly<Record<string, string>>;
  /** Goes out as `X-Request-Id`, so that the CRM can quote it. */
  traceId: string | null;
  signal?: AbortSignal;
};

/** `statusCode` null: no answer; `errorClass` then says why (`timeout`, `refused`, `dns`, `tls`, `forbidden_address`, `reset`, `protocol`, or `aborted` when we ended the call ourselves). */
export type WebhookAnswer = {
  statusCode: number | null;
  errorClass: string | null;
  /** Milliseconds the CRM asks to wait (`Retry-After`), not yet clamped. */
  retryAfterMs: number | null;
  durationMs: number;
  /** The first 2 KiB of the answer, for the operator. Never logged. */
  excerpt: string;
};
