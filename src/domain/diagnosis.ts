/** What can be told of something that was given up, without its content. */
export type Failed = {
  kind: 'message' | 'webhook' | 'mirror';
  /** Why it was given up: the class that the router gave it. */
  reason: string;
  /** Of the last answer of the CRM or the platform; null where none came. */
  lastStatusCode: number | null;
  /** Why no answer came: `timeout`, `dns`, … */
  lastErrorClass: string | null;
  /** Whether a message holds its conversation until a person decides. */
  holds?: boolean;
};

/** A failure in words, for the person who has to do something about it. */
export type Diagnosis = { class: string; likelyCause: string; whatToDo: string };

type Words = readonly [likelyCause: string, whatToDo: string];

const REPLAY = 'Then retry it.';

/** Why a CRM that cannot be reached was not, by the class of the network error. */
const NO_ANSWER: Record<string, Words> = {
  timeout: [
    'The webhook address did not answer completely within the time it has (10 s by default).',
    `Let the receiver answer 2xx first and do its work afterwards. ${REPLAY}`,
  ],
  dns: [
    'The host name of the webhook URL does not resolve.',
    `Correct the name or its DNS entry, or give the account another crm_webhook_url. ${REPLAY}`,
  ],
  refused: [
    'Nothing listens at the webhook address, or a firewall refuses the connection.',
    `Start the receiver or open the way to it. ${REPLAY}`,
  ],
  tls: [
    'The TLS handshake failed: an expired certificate, one for another name, or an incomplete chain.',
    `Renew the certificate of the receiver, with its intermediate ones. ${REPLAY}`,
  ],
  forbidden_address: [
    'The webhook URL leads to a private address, which this router does not call.',
    `Use a public address, or add its network to WEBHOOK_ALLOWED_NETWORKS. ${REPLAY}`,
  ],
  reset: [
    'The receiver, or a proxy before it, cut the connection before it had answered.',
    `Look into its log at the time of the attempts; it may have run out of memory or restarted. ${REPLAY}`,
  ],
  protocol: [
    'What answered does not speak HTTP as it should: often HTTPS on an http:// URL, or the wrong port.',
    `Correct the scheme and the port of crm_webhook_url. ${REPLAY}`,
  ],
};

/** What a status of the CRM most often means. */
const STATUS: Record<number, Words> = {
  400: [
    'The receiver takes the event for malformed, most often because it does not know its type or a member.',
    `Let it accept what it does not know; the attempts listed here have its words. ${REPLAY}`,
  ],
  401: [
    'The receiver does not accept the signature: its webhook secret is not the one of the account.',
    `Give both sides the same webhook_secret; check that the raw bytes are verified, before any parsing. ${REPLAY}`,
  ],
  403: [
    'The receiver, or a firewall before it, refuses our address or our user agent.',
    `Let the router through. ${REPLAY}`,
  ],
  404: [
    'There is nothing at the path of the webhook URL, or the receiver does not know the conversation.',
    `Correct crm_webhook_url; let the receiver accept conversations it has not seen. ${REPLAY}`,
  ],
  405: ['The path of the webhook URL does not take POST.', `Correct crm_webhook_url. ${REPLAY}`],
  408: [
    'The receiver gave up reading the request, or was too slow for the proxy before it.',
    `Let it answer 2xx first and do its work afterwards. ${REPLAY}`,
  ],
  410: [
    'The receiver says that this address is gone for good.',
    `Give the account the new crm_webhook_url, or enable it again. ${REPLAY}`,
  ],
  413: [
    'The event is larger than the receiver takes.',
    `Raise the limit for bodies of the receiver and of the proxy before it to 1 MB. ${REPLAY}`,
  ],
  415: [
    'The receiver does not take application/json.',
    `Let it accept JSON at this path. ${REPLAY}`,
  ],
  422: [
    'The receiver understood the event and refuses it: its own rules, or a record that is missing there.',
    `The attempts listed here have its words. Correct it there. ${REPLAY}`,
  ],
  429: [
    'The receiver takes fewer requests than there are events.',
    `Raise its limit; retry many with a bulk replay at a rate it can take.`,
  ],
};

const REDIRECT: Words = [
  'The webhook URL redirects, and redirects are not followed.',
  `Give the account the address it leads to as crm_webhook_url. ${REPLAY}`,
];
const OTHER_4XX: Words = [
  'The receiver refuses this event with an answer that repeating did not change.',
  `The attempts listed here have its words. Correct it there. ${REPLAY}`,
];
const SERVER_ERROR: Words = [
  'The receiver failed while it dealt with the event, or the proxy before it found no receiver.',
  `Look into its log at the time of the attempts. ${REPLAY}`,
];
const SILENCE: Words = [
  'The webhook address could not be reached.',
  `See that the receiver runs and can be reached from here. ${REPLAY}`,
];

/** Outcomes of calls to a platform. */
const MESSAGE: Record<string, Words> = {
  transient: [
    'The platform said that it had a problem of its own, or answered with an error of its servers, at every attempt.',
    `See the platform's status page. ${REPLAY} It goes to the end of its conversation.`,
  ],
  throttled: [
    "The platform's limit for this account or customer left no room for as long as the message could wait (OUTBOUND_EXPIRY).",
    'Send less, or ask the platform for a higher limit. Then retry, many of them by a bulk replay with a low rate.',
  ],
  unavailable: [
    'The platform could not be reached for as long as the message could wait (OUTBOUND_EXPIRY).',
    `See that this router reaches the internet (DNS, proxy, firewall). ${REPLAY}`,
  ],
  unknown: [
    'The connection broke after the request had left, and nothing has proved since whether the platform has it.',
    'Look into the conversation on the platform: if it is there, confirm the message; if not, resend it. A bulk replay leaves it out.',
  ],
  refused: [
    'The platform refused it: the window to answer is closed, the customer cannot be written to, or the message is not one it takes.',
    'The attempts listed here have the code and the words of the platform. Discard it, or retry when the customer has written again.',
  ],
  unauthorized: [
    'The platform refuses the credentials of the account, or the account itself.',
    `Set a new token for the account, or see on the platform what stands against it. ${REPLAY}`,
  ],
  migrated: [
    'The customer has another address on the platform, and the message did not arrive there either.',
    'Retry it when the customer has written from the new address.',
  ],
};

/** The platform could be reached and had no room, which is nobody's network. */
const OUT_OF_SERVICE: Words = [
  'The platform answered that it was out of service (503) for as long as the message could wait (OUTBOUND_EXPIRY).',
  `See the platform's status page. ${REPLAY} It goes to the end of its conversation.`,
];
/** Its account wants a person to decide before anything else is sent. */
const HOLDS: Words = [
  'The connection broke after the request had left, nothing has proved since whether the platform has it, and the account says to hold.',
  'Its conversation waits. Look into it on the platform: if the message is there, confirm it; if not, resend it (or retry this letter); to go on without it, cancel it (or discard this letter).',
];

const ELSE: Words = [
  'No cause is known for this class.',
  `The attempts listed here have what was answered. When the cause is gone, retry it or discard it.`,
];
const MIRROR: Words = [
  "The CRM's database does not take this row: a key, a check, a type, or an id without room.",
  `The attempt listed here has its code, and the column where it named one. Correct it there. ${REPLAY}`,
];

/** The likely cause of a failure, and what to do about it. Pure: the same for the same failure. */
export function diagnose(failed: Failed): Diagnosis {
  const [likelyCause, whatToDo] = wordsFor(failed);
  return { class: failed.reason, likelyCause, whatToDo };
}

function wordsFor({ kind, reason, lastStatusCode, lastErrorClass, holds }: Failed): Words {
  if (kind === 'mirror') return MIRROR;
  if (kind === 'message') {
    if (holds) return HOLDS;
    if (reason === 'unavailable' && lastStatusCode !== null) return OUT_OF_SERVICE;
    return own(MESSAGE, reason) ?? ELSE;
  }
  if (lastStatusCode === null) return own(NO_ANSWER, lastErrorClass ?? '') ?? SILENCE;
  const known = STATUS[lastStatusCode];
  if (known) return known;
  if (lastStatusCode >= 500) return SERVER_ERROR;
  if (lastStatusCode >= 400) return OTHER_4XX;
  return lastStatusCode >= 300 ? REDIRECT : ELSE;
}

/** A class comes from a row: `toString` must not find what every object has. */
function own(table: Record<string, Words>, name: string): Words | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
