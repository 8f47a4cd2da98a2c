import type { ContactCard } from '../domain/message-details.ts';

/** What a vCard tells beside the name and the number that a platform takes out of it. */
export type VcardFacts = Pick<
  ContactCard,
  | 'name'
  | 'company'
  | 'department'
  | 'job_title'
  | 'birthday'
  | 'phones'
  | 'emails'
  | 'urls'
  | 'addresses'
>;

type Line = { name: string; type: string | null; value: string };

/**
 * Reads a vCard of any version (RFC 6350, RFC 2426 and the 2.1 of phones), as far as it can be read:
 * what is odd is passed over. Never throws.
 */
export function readVcard(text: string): VcardFacts {
  const lines = linesOf(text);
  const valueOf = (name: string) => lines.find((line) => line.name === name)?.value || null;
  const all = (name: string) =>
    lines.flatMap((line) => (line.name === name && line.value !== '' ? [line] : []));
  const [company = null, department = null] = split(rawOf(lines, 'ORG'), ';');
  return {
    name: valueOf('FN'),
    company,
    department,
    job_title: valueOf('TITLE'),
    birthday: valueOf('BDAY'),
    phones: all('TEL').map(({ value, type }) => ({
      number: value.replace(/^tel:/i, ''),
      type,
      platform_id: null,
    })),
    emails: all('EMAIL').map(({ value, type }) => ({ email: value, type })),
    urls: all('URL').map(({ value, type }) => ({ url: value, type })),
    addresses: all('ADR').map(addressOf),
  };
}

function rawOf(lines: Line[], name: string): string {
  return lines.find((line) => line.name === name)?.value ?? '';
}

/** The first two of seven are a post-office box and what belongs to the street. */
function addressOf({ value, type }: Line): ContactCard['addresses'][number] {
  const [box, extended, street, city, state, zip, country] = split(value, ';');
  const whole = [box, extended, street].filter(Boolean).join(', ');
  return {
    street: whole === '' ? null : whole,
    city: city ?? null,
    state: state ?? null,
    zip: zip ?? null,
    country: country ?? null,
    type,
  };
}

/** Its components; null for those that are empty. A backslash keeps what follows from parting them. */
function split(value: string, at: string): (string | null)[] {
  return value.split(new RegExp(`(?<!\\\\)${at}`)).map((each) => unescaped(each).trim() || null);
}

function unescaped(value: string): string {
  return value.replace(/\\([\\,;:nN])/g, (_, sign: string) => (/n/i.test(sign) ? '\n' : sign));
}

const STRUCTURED = new Set(['ORG', 'ADR', 'N']);
/** Says nothing of what a number is for. */
const NO_TYPES = new Set(['pref', 'internet', 'voice']);

/** Longer cards have pictures in them, which nobody reads here. */
const MOST_CHARACTERS = 20_000;

/** A quoted line goes on after a final `=`, and any other in a line that begins with a blank. */
function linesOf(text: string): Line[] {
  return text
    .slice(0, MOST_CHARACTERS)
    .replace(/\r\n?/g, '\n')
    .replace(/^[^:\n]*QUOTED-PRINTABLE.*(?:(?<==)\n.*)*/gim, (line) => line.replace(/=\n/g, ''))
    .replace(/\n[ \t]/g, '')
    .split('\n')
    .flatMap(lineOf);
}

function lineOf(line: string): Line[] {
  const [head, value] = cutAt(line, ':');
  if (value === undefined) return [];
  const [grouped, parameters = ''] = cutAt(head, ';');
  const name = grouped.slice(grouped.lastIndexOf('.') + 1).toUpperCase();
  const isPrintable = /QUOTED-PRINTABLE/i.test(parameters);
  const printed = isPrintable ? decoded(value) : value;
  const told = STRUCTURED.has(name) ? printed : unescaped(printed);
  return [{ name, type: typeIn(parameters), value: told.trim() }];
}

/** What stands before and after the first such sign outside of quotes. */
function cutAt(line: string, sign: string): [string, string?] {
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '"') quoted = !quoted;
    if (line[at] === sign && !quoted) return [line.slice(0, at), line.slice(at + 1)];
  }
  return [line];
}

/** `;TYPE=WORK,pref`, or of old cards `;WORK`. */
function typeIn(parameters: string): string | null {
  const types = parameters
    .split(';')
    .flatMap((one) =>
      /^TYPE=/i.test(one) ? one.slice(5).split(',') : one.includes('=') ? [] : one,
    )
    .map((one) => one.replaceAll('"', '').trim().toLowerCase())
    .filter((one) => one !== '' && one !== 'quoted-printable' && !NO_TYPES.has(one));
  return types[0] ?? null;
}

function decoded(value: string): string {
  const bytes = value.replace(/=([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  // Every character below 256 is a byte; others were not encoded.
  return /[\u0100-\uffff]/.test(bytes) ? value : Buffer.from(bytes, 'latin1').toString('utf8');
}
