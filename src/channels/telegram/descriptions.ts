import type { OutcomeClass } from '../../domain/outcome.ts';

export type FailedClass = Exclude<OutcomeClass, 'sent' | 'migrated'>;

/**
 * What concerns the bot's token and so every chat, as the Bot API server (github
 * tdlib/telegram-bot-api) writes it. Nothing else pauses an account.
 */
const ABOUT_THE_TOKEN: [code: number, description: RegExp][] = [
  [401, /^/], // revoked, or malformed
  [404, /^Not Found$/i], // the token is in the path, so that a bad one is not found
  [409, /terminated by/i], // another program uses the token
  [409, /can't use getUpdates/i],
  [409, /webhook/i],
  [400, /^(Bad Request: )?Logged out$/i],
];

/**
 * Refusals that are known, by their beginning after "Bad Request: " or "Forbidden: ". A new one is
 * known by a line here.
 */
const REFUSALS: Record<number, RegExp> = {
  400: beginsWith([
    '(private )?chat not found|chat_id is empty|user not found|invalid user_id|PEER_ID_INVALID',
    '(group )?chat was (upgraded|deactivated)|group is deactivated|CHAT_|USER_|INPUT_USER',
    '(message )?text (is empty|must be|is too long)|message (text )?(is empty|must be non-empty)',
    '(message|caption|message caption) is too long|MESSAGE_|MEDIA_CAPTION_TOO_LONG',
    "(message|replied message)( to [a-z ]{1,20})? not found|message (is not modified|can't be)",
    "can't (parse|upload|remove|use|send|edit)|strings must be|ENTIT|QUOTE_|(array|object) expected",
    'wrong (HTTP URL|type of|file|remote|string|parameter|padding)|failed to get HTTP|invalid (file|type)',
    'file is too big|file must be|IMAGE_|PHOTO_|VIDEO_|VOICE_|AUDIO_|FILE_|STICKER|MEDIA_|WEBPAGE_|URL_',
    'query is too old|REACTION|TOPIC_|message thread not found|BUTTON_|DOCUMENT_',
    '(have no|not enough) rights|need administrator rights|there is no|ADMIN_|un(known|supported) (media|parse)',
  ]),
  403: beginsWith([
    'bot was (blocked|kicked)|user is deactivated|the group chat was deleted',
    "bot (can't (initiate|send)|is not a member)|(have no|not enough) rights|CHAT_|USER_",
  ]),
  404: /method not found/i, // our bug
  413: /^/,
};

function beginsWith(alternatives: string[]): RegExp {
  return new RegExp(`^((Bad Request|Forbidden): )?(${alternatives.join('|')})`, 'i');
}

/** The class of an error of Telegram's own. */
export function classOf(code: number, description: string): FailedClass {
  if (code === 429) return 'throttled';
  if (isAboutTheToken(code, description)) return 'unauthorized';
  if (code === 503) return 'unavailable';
  // Telegram does not say whether a message went out before its server stumbled.
  return code >= 400 && code < 500 ? 'refused' : 'unknown';
}

/** Whether somebody has looked at this answer before; one without words cannot be looked up. */
export function isKnown(code: number, description: string | null | undefined): boolean {
  if (!description || code < 400 || code === 429 || code >= 500) return true;
  return isAboutTheToken(code, description) || (REFUSALS[code]?.test(description) ?? false);
}

function isAboutTheToken(code: number, description: string): boolean {
  return ABOUT_THE_TOKEN.some(([known, words]) => known === code && words.test(description.trim()));
}
