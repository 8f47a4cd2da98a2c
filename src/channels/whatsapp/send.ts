import { actsUponAnother, textOf } from '../../domain/outgoing-content.ts';
import type { MediaContent, OutgoingContent } from '../../domain/outgoing-content.ts';
import type { SendOutcome } from '../../domain/outcome.ts';
import type { ChannelAccount, SendRequest } from '../channel.ts';
import { isObject, parseAnswer } from '../meta-json.ts';
import { recipientOf } from './addresses.ts';
import { authorization } from './calls.ts';
import type { WhatsAppCalls } from './calls.ts';
import { failureOf } from './errors.ts';
import { graphUrl, SendAnswer } from './schema.ts';

/**
 * Sends one part: `POST /{PHONE_NUMBER_ID}/messages`, following "Send messages" of Meta's WhatsApp
 * Cloud API. A 200 means accepted; what becomes of it comes as statuses, with our callback data.
 * Never throws.
 */
export async function sendPart(
  calls: WhatsAppCalls,
  account: ChannelAccount,
  request: SendRequest,
): Promise<SendOutcome> {
  const body = bodyOf(request);
  if (!body)
    return {
      class: 'refused',
      code: 'content_unsupported',
      message: 'WhatsApp cannot change a message that was sent.',
    };
  const result = await calls.http.call({
    method: 'POST',
    url: graphUrl(calls.apiUrl, `${encodeURIComponent(account.externalId)}/messages`),
    headers: authorization(account),
    json: body,
    deadline: request.deadline,
    answerTimeoutMs: request.answerTimeoutMs,
    onLeaving: request.onLeaving,
  });
  if (result.kind === 'answer' && result.status >= 200 && result.status < 300) {
    const sent = sentOf(parseAnswer(result.body), request);
    if (sent) return sent;
  }
  return failureOf(result, secretsOf(account, request), calls, account.externalId);
}

function bodyOf({ recipientId, content, refersTo, callbackData }: SendRequest) {
  const members = membersOf(content, refersTo);
  if (!members) return null;
  const isReply = refersTo !== null && !actsUponAnother(content);
  return {
    messaging_product: 'whatsapp',
    ...recipientOf(recipientId),
    ...(isReply ? { context: { message_id: refersTo } } : {}),
    ...members,
    biz_opaque_callback_data: callbackData,
  };
}

function membersOf(content: OutgoingContent, refersTo: string | null) {
  switch (content.type) {
    case 'text':
      return { type: 'text', text: { body: content.text } };
    case 'template':
      return { type: 'template', template: templateOf(content) };
    case 'reaction':
      // An empty emoji takes the reaction back.
      return { type: 'reaction', reaction: { message_id: refersTo, emoji: content.emoji ?? '' } };
    case 'edit':
      return null;
    default:
      return { type: content.type, [content.type]: mediaOf(content) };
  }
}

function templateOf(content: Extract<OutgoingContent, { type: 'template' }>) {
  const { name, language, components } = content;
  return {
    name,
    language: { code: language },
    ...(components.length > 0 ? { components } : {}),
  };
}

function mediaOf({ type, url, mediaId, caption, fileName }: MediaContent) {
  return {
    ...(mediaId === null ? { link: url } : { id: mediaId }),
    ...(caption && type !== 'audio' ? { caption } : {}),
    ...(fileName && type === 'document' ? { filename: fileName } : {}),
  };
}

/** Null where the answer names no message and the content must have got an id. */
function sentOf(answer: unknown, { content, recipientId }: SendRequest): SendOutcome | null {
  const read = SendAnswer.safeParse(answer);
  if (!read.success) {
    const accepted = actsUponAnother(content) && isObject(answer) && !('error' in answer);
    return accepted ? { class: 'sent', platformMessageId: null } : null;
  }
  const [contact] = read.data.contacts ?? [];
  const alias = [contact?.wa_id, contact?.user_id].find((id) => id && id !== recipientId);
  return {
    class: 'sent',
    platformMessageId: read.data.messages[0].id,
    ...(alias ? { recipientAlias: alias } : {}),
  };
}

/** What Meta's error texts may repeat of a request. */
function secretsOf(account: ChannelAccount, { recipientId, content }: SendRequest): string[] {
  const words =
    content.type === 'template' ? valuesIn(content.components) : [textOf(content) ?? ''];
  const file = 'url' in content ? [content.url, content.mediaId, content.fileName] : [];
  const token = account.credentials['access_token'] ?? '';
  const known = file.filter((one) => one !== null);
  return [token, recipientId, account.externalId, ...words, ...known];
}

/** Members of a template's components whose values are words of the platform. */
const PLATFORM_WORDS = ['type', 'sub_type', 'index', 'code', 'parameter_name'];

function valuesIn(components: unknown[]): string[] {
  const values: string[] = [];
  JSON.stringify(components, (key, value: unknown) => {
    if (typeof value === 'string' && !PLATFORM_WORDS.includes(key)) values.push(value);
    return value;
  });
  return values;
}
