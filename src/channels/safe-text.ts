/** What looks like a token or a phone number as people write it, and runs of six digits (ids). */
const SUSPICIOUS = [/(?=[\w-]*\d)[\w-]{20,}/g, /(?<=\+)\d[\d\s().-]{5,}\d/g, /\d{6,}/g];

/**
 * A platform's text without what it must not carry on: the strings of `hide`, matches of `also`, and
 * anything that looks like a token, an id or a phone number. 300 characters; where nothing is left,
 * a sentence with the platform's name.
 */
export function safeText(
  text: string,
  hide: readonly string[],
  platform: string,
  also: readonly RegExp[] = [],
): string {
  // Shorter ones would blot out ordinary words. The longest first: a text that holds the
  // recipient's number would not be found any more once the number is gone from it.
  const named = hide
    .filter((secret) => secret.length >= 4)
    .toSorted((one, other) => other.length - one.length);
  const rest = named
    .reduce((shown, secret) => shown.replaceAll(secret, '…'), text.toWellFormed())
    .replace(/\p{Cc}+/gu, ' ');
  const shown = [...also, ...SUSPICIOUS].reduce((words, each) => words.replace(each, '…'), rest);
  return Array.from(shown.trim()).slice(0, 300).join('') || `${platform} gave no text.`;
}
