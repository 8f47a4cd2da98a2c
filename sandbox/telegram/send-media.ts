import { randomInt } from 'node:crypto';
import { TelegramError, refusals } from './errors.ts';
import { type Json, isObject } from './json.ts';
import { type Media, type MediaKind, describeMedia, newMedia } from './media.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import { withDetails } from './media-details.ts';
import { type Parameters, createParameters } from './parameters.ts';
import { reachableChat } from './reachable.ts';
import { fetchRemote } from './remote-file.ts';
import { send } from './send.ts';
import { readCaption } from './text.ts';

const MAX_PHOTO = 10_000_000;
const MAX_UPLOAD = 50_000_000;
const WITHOUT_CAPTION = new Set<MediaKind>(['sticker', 'video_note']);
/** What can stand in an album. */
export const ALBUM_KINDS: ReadonlySet<string> = new Set(['photo', 'video', 'audio', 'document']);

/** `sendPhoto` and the like: https://core.telegram.org/bots/api#sendphoto */
export function sendMedia(kind: MediaKind): Method {
  return async (deps, call) => {
    const { params } = call;
    const caption = WITHOUT_CAPTION.has(kind) ? {} : readCaption(deps, params);
    const given = { kind, value: params.text(kind), name: kind, params };
    const content = await readMedia(deps, call, given);
    const chat = reachableChat(deps.state, call.bot, params);
    return { result: send(deps, call, chat, { ...content, ...caption }) };
  };
}

/** https://core.telegram.org/bots/api#sendmediagroup: 2 to 10 messages with one id in common. */
export const sendMediaGroup: Method = async (deps, call) => {
  const items = call.params.list('media') ?? [];
  if (items.length < 2 || items.length > 10)
    throw refusals.badRequest('wrong number of media in the album: between 2 and 10 are allowed');
  const given = items.map((item) => (isObject(item) ? createParameters(item) : null));
  const kinds = new Set(given.map((item) => item?.text('type') ?? ''));
  for (const kind of kinds) {
    if (!ALBUM_KINDS.has(kind)) throw refusals.badRequest('unknown media type specified');
    if (kinds.size > 1 && (kind === 'document' || kind === 'audio'))
      throw refusals.badRequest(`${kind} can't be mixed with other media types`);
  }
  const contents: Json[] = [];
  for (const item of given) if (item) contents.push(await readItem(deps, call, item));
  const chat = reachableChat(deps.state, call.bot, call.params);
  const group = newGroupId();
  return {
    result: contents.map((content) =>
      send(deps, call, chat, { media_group_id: group, ...content }),
    ),
  };
};

/** An `InputMedia`: a file, and the words below it. Throws 400. */
export async function readItem(
  deps: MethodDeps,
  call: MethodCall,
  item: Parameters,
): Promise<Json> {
  const kind = item.text('type') as MediaKind;
  const given = { kind, value: item.text('media'), name: 'media', params: item };
  return { ...(await readMedia(deps, call, given)), ...readCaption(deps, item) };
}

/** What the messages of an album have in common. */
export function newGroupId(): string {
  return `1${String(randomInt(1e12)).padStart(16, '0')}`;
}

/** `params` are those of the call, or the members of one of its `InputMedia`. */
type Given = { kind: MediaKind; value: string | undefined; name: string; params: Parameters };

async function readMedia(deps: MethodDeps, call: MethodCall, given: Given): Promise<Json> {
  const { kind, params } = given;
  const content = await readFile(deps, call, given);
  const value = params.text('thumbnail') ?? params.text('thumb');
  const direct = given.name === 'media' ? undefined : call.params.upload('thumbnail');
  const thumbnail = direct ?? (value ? attached(call, { value, name: 'media' }) : undefined);
  return withDetails(deps.files, call.bot.id, { kind, content, params, thumbnail });
}

/** An upload, a file the platform has already, or a link. */
async function readFile(deps: MethodDeps, call: MethodCall, given: Given): Promise<Json> {
  const { kind, value } = given;
  const { files } = deps;
  const upload = attached(call, given);
  if (upload) {
    if (upload.bytes.length > (kind === 'photo' ? MAX_PHOTO : MAX_UPLOAD))
      throw new TelegramError(413, 'Request Entity Too Large');
    if (upload.bytes.length === 0) throw refusals.badRequest('file must be non-empty');
    const { name, type, bytes } = upload;
    return newMedia(files, call.bot.id, { kind, name, mimeType: type || null, bytes });
  }
  if (!value) throw refusals.badRequest(`there is no ${kind} in the request`);
  if (/^https?:/i.test(value)) {
    if (kind === 'video_note') throw refusals.badRequest("can't use file of type VideoNote by URL");
    const media: Media = await fetchRemote(kind, value);
    return newMedia(files, call.bot.id, media);
  }
  const file = files.find(call.bot.id, value);
  if (!file) throw refusals.badRequest('wrong file_id or the file is temporarily unavailable');
  if (file.kind === kind) return describeMedia(file);
  throw refusals.badRequest(`can't use file of type ${titled(file.kind)} as ${titled(kind)}`);
}

function attached({ params }: MethodCall, { value, name }: Pick<Given, 'value' | 'name'>) {
  const attachment = /^attach:\/\/(.+)$/.exec(value ?? '')?.[1];
  if (attachment !== undefined) {
    const upload = params.upload(attachment);
    if (upload) return upload;
    throw refusals.badRequest(`file "${attachment}" is not in the request`);
  }
  return name === 'media' ? undefined : params.upload(name);
}

function titled(kind: string): string {
  return kind
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
