import { randomBytes } from 'node:crypto';

/** An error as the Graph API answers it; clients must look at `code` and `subcode`. */
export class MetaError extends Error {
  readonly status: number;
  readonly code: number;
  readonly subcode: number | undefined;
  readonly type: string;
  /** WhatsApp's `error_data.details`. */
  readonly details: string | undefined;
  constructor(given: {
    code: number;
    subcode?: number;
    message: string;
    status?: number;
    type?: string;
    details?: string;
  }) {
    super(given.message);
    this.status = given.status ?? 400;
    this.code = given.code;
    this.subcode = given.subcode;
    this.type = given.type ?? 'OAuthException';
    this.details = given.details;
  }
}

/** The body of an error: only message, type, code and fbtrace_id are always there. */
export function metaErrorBody({ message, type, code, subcode, details }: MetaError): object {
  return {
    error: {
      message,
      type,
      code,
      ...(details !== undefined && { error_data: { messaging_product: 'whatsapp', details } }),
      ...(subcode !== undefined && { error_subcode: subcode }),
      fbtrace_id: `A${randomBytes(16).toString('base64url')}`,
    },
  };
}

/** The refusals of every Graph API; the products differ in the error's type and a bad token's status. */
export function graphRefusals({ type, tokenStatus }: { type: string; tokenStatus: number }) {
  const token = (message: string, subcode?: number) =>
    new MetaError({
      code: 190,
      status: tokenStatus,
      message,
      ...(subcode !== undefined && { subcode }),
    });
  return {
    missingToken: () =>
      new MetaError({
        code: 190,
        type,
        status: tokenStatus,
        message: 'An access token is required to request this resource.',
      }),
    badToken: () => token('Invalid OAuth access token - Cannot parse access token'),
    expiredToken: () => token('Error validating access token: Session has expired.', 463),
    revokedToken: () =>
      token(
        'Error validating access token: The session has been invalidated because the user changed their password.',
        460,
      ),
    unknownObject: (id: string) =>
      new MetaError({
        code: 100,
        subcode: 33,
        type,
        message: `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
      }),
    parameter: (message: string) =>
      new MetaError({ code: 100, type, message: `(#100) ${message}` }),
  };
}

export type GraphRefusals = ReturnType<typeof graphRefusals>;
