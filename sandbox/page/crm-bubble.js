import { h, timeOf } from './dom.js';
import { media } from './phone.js';
import { cardsOf, isShownElsewhere, marksOf } from './crm-details.js';
import { openDeskSheet } from './crm-sheet.js';
import { safeLink } from './safe-link.js';

const TICKS = {
  sending: '○',
  pending: '◔',
  sent: '✓',
  delivered: '✓✓',
  read: '✓✓',
  failed: '✕',
  rejected: '✕',
  unconfirmed: '?',
};

/** The chat as it is shown: with what each message quotes, and without what shows at another one. */
export function itemsOf({ messages }) {
  const known = new Map(messages.map((message) => [message.id, message]));
  const words = (id) => {
    const found = known.get(id);
    return found && (found.text ?? found.attachments[0]?.type ?? 'a message');
  };
  const items = messages
    .filter(({ actsOn, status }) => !actsOn || !['sent', 'delivered', 'read'].includes(status))
    .map((message) => ({
      ...message,
      quote: words(message.replyTo),
      about: words(message.actsOn),
    }));
  return items.length > 0 ? items : [{ id: 'empty' }];
}

export function bubble(message, place, report) {
  if (message.id === 'empty')
    return h('p', { class: 'empty', text: 'No messages with this customer yet.' });
  const out = message.direction === 'out';
  const box = h('div', { class: 'bubble', dir: 'auto' });
  if (message.actsOn) box.append(h('em', { text: actWords(message) }));
  else fill(box, message, out);
  const footer = h('small', {
    text: [
      timeOf(message.at),
      message.edited && editedWords(message),
      message.type === 'template' && 'template',
      out && message.inApp && 'typed in the app',
    ]
      .filter(Boolean)
      .join(' · '),
  });
  if (out) footer.append(' ', status(message));
  const parts = [h('div', { class: 'line' }, box, more(message, place, report)), footer];
  if (message.error)
    parts.push(
      h('p', { class: 'trouble', text: `${message.error.message} (${message.error.code})` }),
    );
  if (message.delay)
    parts.push(h('p', { class: 'trouble soft', text: `Delayed: ${message.delay}` }));
  if (message.holds)
    parts.push(
      h('p', {
        class: 'trouble soft',
        text: 'The conversation waits until somebody confirms, resends or cancels it.',
      }),
    );
  return h('div', { class: `message ${out ? 'mine' : 'theirs'}` }, ...parts);
}

function editedWords({ editedByOwner, direction }) {
  if (editedByOwner) return 'edited by the owner';
  return direction === 'in' ? 'edited by the customer' : 'edited';
}

function fill(box, message, out) {
  if (message.writtenBy) box.append(h('b', { class: 'author', text: message.writtenBy }));
  if (message.quote) box.append(h('blockquote', { class: 'quote', text: message.quote }));
  box.append(...marksOf(message));
  if (message.deleted) {
    const who = message.deletedByOwner ? 'The owner' : 'The customer';
    box.append(h('em', { text: `${who} took this back` }));
  }
  message.attachments.forEach((item, index) => {
    if (!isShownElsewhere(item, message)) box.append(attachment(item, message, index));
  });
  if (message.text !== null) box.append(h('span', { class: 'said', text: message.text }));
  box.append(...cardsOf(message));
  if (box.childElementCount === 0) box.append(h('em', { text: emptyWords(message, out) }));
  const reactions = [message.reaction, message.ownReaction].filter(Boolean);
  if (reactions.length > 0) box.append(h('span', { class: 'reaction', text: reactions.join(' ') }));
}

function emptyWords({ type }, out) {
  if (out) return 'Sent outside of this CRM';
  return type === 'unsupported' ? 'Something the platform does not pass on' : `A message: ${type}`;
}

function actWords({ type, text, about }) {
  const where = about ? ` to “${about}”` : '';
  if (type === 'edit') return `Changes it to “${text}”`;
  return text === null ? `Takes the reaction${where} back` : `Reacts with ${text}${where}`;
}

function status({ status: name }) {
  const text = `${TICKS[name] ?? ''} ${name}`;
  return h('span', { class: 'status', 'data-status': name, text });
}

/** What the router has not taken cannot be answered. */
function more(message, place, report) {
  if (message.deleted || message.actsOn) return null;
  if (['sending', 'rejected'].includes(message.status)) return null;
  const label = 'What to do with this message';
  const made = h('button', { type: 'button', class: 'more', 'aria-label': label, text: '⋯' });
  made.addEventListener('click', () => openDeskSheet(message, place, report));
  return made;
}

/** Pictures of the sandbox itself, and what the router passes on; the page's policy forbids the rest. */
function attachment(item, message, index) {
  const { type, url, media_id: mediaId } = item;
  const at = url && URL.canParse(url) ? new URL(url) : null;
  const ours = at && /^\/(\w+\/cdn|samples|phone\/\w+\/files)\//.test(at.pathname);
  const passedOn = `/crm/api/messages/${encodeURIComponent(message.id)}/attachments/${index}`;
  const src = ours
    ? at.pathname + at.search
    : mediaId && message.direction === 'in'
      ? passedOn
      : null;
  const shown = media({ type, src, name: nameOf(item) });
  if (!src && url)
    return h('p', { class: 'linked' }, `${KINDS[type] ?? '📎'} `, safeLink(url, nameOf(item)));
  if (!src || shown.tagName === 'IMG') return shown;
  return h('a', { class: 'file-link', href: src, target: '_blank', rel: 'noreferrer' }, shown);
}

/** What an attachment that lies elsewhere is, before the link to it. */
const KINDS = { share: '↗', image: '🖼', video: '🎬', audio: '🎧' };

function nameOf({ type, file_name: name, title, url, latitude, longitude, phone }) {
  const place = latitude === undefined ? null : `${latitude}, ${longitude}`;
  const words = [title, phone, place].filter(Boolean).join(' · ');
  if (words) return words;
  const end = url && URL.canParse(url) ? new URL(url).pathname.split('/').at(-1) : null;
  return name ?? (end || type);
}
