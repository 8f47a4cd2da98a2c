import { parseText } from './entities.ts';
import { refusals } from './errors.ts';
import type { Formatted } from './formatting/formatted.ts';
import { type Json, idNumber, isObject } from './json.ts';
import { personJson } from './message-json.ts';
import type { MethodDeps } from './method.ts';
import type { Parameters } from './parameters.ts';
import type { TelegramState } from './state.ts';

const MAX_TEXT = 4096;
const MAX_TEXT_BYTES = 32_768;
const MAX_CAPTION = 1024;

/** Text and entities of a message. Throws 400 for an empty or a long one. */
export function readText(deps: MethodDeps, params: Parameters): Json {
  const { text, entities } = readFormatted(deps.state, params, {
    text: 'text',
    mode: 'parse_mode',
    entities: 'entities',
  });
  if (text === '') throw refusals.badRequest('message text is empty');
  if (lengthOf(deps, text) > MAX_TEXT) throw refusals.badRequest('message is too long');
  const preview = params.object('link_preview_options');
  return {
    text,
    ...(entities.length > 0 && { entities }),
    ...(preview && { link_preview_options: preview }),
    ...(!preview &&
      params.flag('disable_web_page_preview') && { link_preview_options: { is_disabled: true } }),
  };
}

/** Caption and its entities; empty without one. Throws 400 for a long one. */
export function readCaption(deps: MethodDeps, params: Parameters): Json {
  const { text, entities } = readFormatted(deps.state, params, {
    text: 'caption',
    mode: 'parse_mode',
    entities: 'caption_entities',
  });
  if (text === '') return {};
  if (lengthOf(deps, text) > MAX_CAPTION) throw refusals.badRequest('message caption is too long');
  return {
    caption: text,
    ...(entities.length > 0 && { caption_entities: entities }),
    ...(params.flag('show_caption_above_media') && { show_caption_above_media: true }),
  };
}

type Names = { text: string; mode: string; entities: string };

/** A text with its formatting, from the parameters with these names; empty where there is none. */
export function readFormatted(state: TelegramState, params: Parameters, names: Names): Formatted {
  const source = params.text(names.text) ?? '';
  if (Buffer.byteLength(source) > MAX_TEXT_BYTES) throw refusals.badRequest('text is too long');
  const mode = params.text(names.mode);
  const { text, entities } = parseText(source, { mode, entities: params.list(names.entities) });
  return { text, entities: entities.flatMap((entity) => withPerson(state, entity)) };
}

/** A mention without a username names a whole person; of a stranger nothing is left. */
function withPerson(state: TelegramState, entity: Json): Json[] {
  if (entity['type'] !== 'text_mention') return [entity];
  const id = isObject(entity['user']) ? Number(entity['user']['id']) : 0;
  const person = [...state.people.values()].find((each) => idNumber(each.id) === id);
  return person ? [{ ...entity, user: personJson(person) }] : [];
}

function lengthOf({ settings }: MethodDeps, text: string): number {
  return settings.length_unit === 'utf16' ? text.length : [...text].length;
}
