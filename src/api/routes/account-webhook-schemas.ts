import { z } from 'zod';
import type { WebhookSender } from '../../crm/webhook.ts';
import {
  HEADER_NAME,
  HEADER_VALUE,
  MOST_CHARACTERS,
  webhookHeaderProblems,
} from '../../domain/webhook-headers.ts';
import {
  PRINTABLE_SECRET,
  STANDARD_BASE64,
  STANDARD_PREFIX,
  webhookSecretProblem,
} from '../../domain/webhook-secret.ts';
import { inCase } from '../member-rules.ts';

/** Judges an address as the sender will: an error when it is set, not at every event. */
export function webhookUrl(problemWith: WebhookSender['problemWith']) {
  return z
    .string()
    .max(2048, 'must have at most 2048 characters')
    .superRefine((url, context) => {
      const message = problemWith(url);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .meta({
      format: 'uri',
      pattern: '^https?://',
      description:
        'Where the events of the account go. `null`: nowhere, they wait. In production `https` only; ' +
        'no private address unless an operator allowed its network. What a name leads to is ' +
        'looked at for each event.',
    });
}

const STANDARD = STANDARD_BASE64.source.replace('^', `^${STANDARD_PREFIX}`);

/** See `webhookSecretProblem`. */
export const WebhookSecret = z
  .string()
  .superRefine((secret, context) => {
    const message = webhookSecretProblem(secret);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .meta({
    minLength: 8,
    maxLength: 256,
    pattern: PRINTABLE_SECRET.source,
    ...inCase(
      { pattern: `^${STANDARD_PREFIX}` },
      // What base64 makes of 24 and 64 bytes.
      { pattern: STANDARD, minLength: 6 + 32, maxLength: 6 + 88 },
    ),
    description:
      'Signs the webhooks: `whsec_` and standard base64, with its padding, of 24 to 64 bytes, which ' +
      'every ready library takes; or any 8 to 256 printable ASCII characters without spaces.',
    writeOnly: true,
  });

const HeaderValue = z
  .string()
  .meta({ minLength: 1, maxLength: MOST_CHARACTERS, pattern: HEADER_VALUE.source });

/** See `webhookHeaderProblems`. */
export const CrmWebhookHeaders = z
  .record(z.string(), HeaderValue)
  .nullable()
  .superRefine((headers, context) => {
    for (const { name, problem } of webhookHeaderProblems(headers ?? {}))
      context.addIssue({ code: 'custom', path: name === null ? [] : [name], message: problem });
  })
  .meta({
    maxProperties: 10,
    propertyNames: { pattern: HEADER_NAME.source },
    writeOnly: true,
    description:
      'Headers that the receiver asks for beside the signature, on every webhook of the account: ' +
      '`{"Authorization": "Basic …"}`. At most 10, of printable ASCII. Encrypted, and never shown ' +
      'again. They replace those that there were; `{}` or `null`: none. Reserved are `Content-*`, ' +
      '`Webhook-*`, `Proxy-*`, `Sec-*`, `X-Hub-Signature*`, `X-Request-Id`, `User-Agent`, `Host`, ' +
      '`Accept-Encoding`, `Date`, `Expect`, and those of the connection.',
  });

const DAY_SECONDS = 86_400;

/** A day by default: long enough to deploy a receiver with the new secret. */
export const OverlapSeconds = z
  .int()
  .min(0)
  .max(7 * DAY_SECONDS)
  .meta({
    description: 'How long the old secret goes on signing beside the new one.',
    default: DAY_SECONDS,
  });
