import { refusals } from './errors.ts';
import type { Button } from './state.ts';

type Json = Record<string, unknown>;

/** A component in the platform's own shape: HEADER, BODY, FOOTER or BUTTONS. */
export type Component = {
  type: string;
  format?: string | undefined;
  text?: string | undefined;
  buttons?: { type: string; text: string; url?: string | undefined }[] | undefined;
};

export type Template = {
  id: string;
  name: string;
  language: string;
  status: 'APPROVED' | 'PENDING' | 'REJECTED' | 'PAUSED' | 'DISABLED';
  category: 'MARKETING' | 'UTILITY' | 'AUTHENTICATION';
  components: Component[];
};

/** What a template becomes with its parameters. */
export type Filled = { text: string; media: Json | null; buttons: Button[]; category: string };

/** The templates that every business of the sandbox begins with. */
export function demoTemplates(): Template[] {
  const make = (id: string, name: string, body: string, rest: Component[] = []): Template => ({
    ...{ id: `90000000000000${id}`, name, language: 'en_US', status: 'APPROVED' },
    ...{ category: 'UTILITY', components: [{ type: 'BODY', text: body }, ...rest] },
  });
  const buttons = [
    { type: 'QUICK_REPLY', text: 'Yes' },
    { type: 'QUICK_REPLY', text: 'No' },
  ];
  return [
    make('1', 'hello_world', 'Welcome to Demo Coffee!'),
    make('2', 'order_update', 'Hi {{1}}, your order {{2}} is on its way.'),
    make('3', 'table_booking', 'Hi {{1}}, does your table for {{2}} still suit you?', [
      { type: 'FOOTER', text: 'Demo Coffee' },
      { type: 'BUTTONS', buttons },
    ]),
    { ...make('4', 'old_offer', 'Two cups for one.'), status: 'PAUSED', category: 'MARKETING' },
  ];
}

/**
 * Fills a template as a message names it. Throws 132001 where name and language are not approved,
 * 132000 where the number of parameters differs, 132012 where their kind does.
 */
export function fill(templates: Template[], given: Json): Filled {
  const { name } = given;
  const language = (given['language'] as Json | undefined)?.['code'];
  if (typeof name !== 'string') throw refusals.missing('template[name]');
  if (typeof language !== 'string') throw refusals.missing('template[language]');
  const template = usable(templates, name, language);
  const parts = (Array.isArray(given['components']) ? given['components'] : []) as Json[];
  const parametersOf = (type: string) =>
    (parts.find((part) => String(part['type']).toLowerCase() === type)?.['parameters'] ??
      []) as Json[];
  const texts: string[] = [];
  let media: Json | null = null;
  for (const component of template.components) {
    const type = component.type.toLowerCase();
    if (type === 'buttons') checkUrls(component, parts);
    if (type === 'header' && component.format && component.format !== 'TEXT')
      media = mediaHeader(component.format.toLowerCase(), parametersOf('header'));
    else if (component.text !== undefined)
      texts.push(fillText(type, component.text, parametersOf(type)));
  }
  return {
    text: texts.join('\n'),
    media,
    buttons: quickReplies(template, parts),
    category: template.category,
  };
}

function usable(templates: Template[], name: string, language: string): Template {
  const found = templates.find((each) => each.name === name && each.language === language);
  const named = `template name (${name}) does not exist in ${language}`;
  if (!found || found.status === 'PENDING' || found.status === 'REJECTED')
    throw refusals.template(132001, named);
  if (found.status === 'PAUSED')
    throw refusals.template(132015, `template (${name}) is paused because of low quality`);
  if (found.status === 'DISABLED')
    throw refusals.template(132016, `template (${name}) was paused too often and is disabled`);
  return found;
}

/** Parameters are taken by position, or by `parameter_name` where the template names them. */
function fillText(part: string, text: string, given: Json[]): string {
  const wanted = [...new Set(Array.from(text.matchAll(/\{\{\s*(\w+)\s*\}\}/g), ([, key]) => key))];
  if (wanted.length !== given.length)
    throw refusals.template(
      132000,
      `${part}: number of localizable_params (${given.length}) does not match the expected number of params (${wanted.length})`,
    );
  const values = new Map(
    wanted.map((key, index) => {
      const named = given.find((parameter) => parameter['parameter_name'] === key);
      return [key, textOf(part, named ?? given[index])];
    }),
  );
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_all, key: string) => values.get(key) ?? '');
}

function textOf(part: string, parameter: Json | undefined): string {
  const type = parameter?.['type'];
  const value =
    type === 'text'
      ? parameter?.['text']
      : (parameter?.[String(type)] as Json | undefined)?.['fallback_value'];
  if (typeof value === 'string' && value !== '') return value;
  throw refusals.template(132012, `${part}: a text parameter was expected`);
}

function mediaHeader(format: string, given: Json[]): Json {
  if (given.length !== 1)
    throw refusals.template(
      132000,
      `header: number of localizable_params (${given.length}) does not match the expected number of params (1)`,
    );
  const media = given[0]?.['type'] === format ? given[0][format] : undefined;
  if (typeof media === 'object' && media !== null) return { type: format, ...media };
  throw refusals.template(132012, `header: Format mismatch, expected ${format.toUpperCase()}`);
}

function buttonPart(parts: Json[], index: number, kind: string): Json[] {
  const found = parts.find(
    (part) =>
      String(part['type']).toLowerCase() === 'button' &&
      String(part['sub_type']).toLowerCase() === kind &&
      Number(part['index']) === index,
  );
  return (found?.['parameters'] ?? []) as Json[];
}

function checkUrls({ buttons = [] }: Component, parts: Json[]): void {
  buttons.forEach(({ type, url }, index) => {
    if (type !== 'URL' || !url?.includes('{{')) return;
    if (buttonPart(parts, index, 'url').length !== 1)
      throw refusals.template(132000, `buttons: Button at index ${index} requires a parameter`);
  });
}

function quickReplies({ components }: Template, parts: Json[]): Button[] {
  const all = components.find(({ type }) => type === 'BUTTONS')?.buttons ?? [];
  return all.flatMap(({ type, text: title }, index) => {
    if (type !== 'QUICK_REPLY') return [];
    const payload = buttonPart(parts, index, 'quick_reply')[0]?.['payload'];
    return [{ kind: 'template', title, payload: typeof payload === 'string' ? payload : title }];
  });
}
