import { h, timeOf } from './dom.js';
import { media } from './phone.js';
import { openDeskSheet } from './crm-sheet.js';

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
      message.edited && 'edited',
      message.type === 'template' && 'template',
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
  return h('div', { class: `message ${out ? 'mine' : 'theirs'}` }, ...parts);
}

function fill(box, message, out) {
  if (message.quote) box.append(h('blockquote', { class: 'quote', text: message.quote }));
  if (message.deleted) {
    const who = message.deletedByOwner ? 'The owner' : 'The customer';
    box.append(h('em', { text: `${who} took this back` }));
  }
  message.attachments.forEach((item, index) => box.append(attachment(item, message, index)));
  if (message.text !== null) box.append(h('span', { class: 'said', text: message.text }));
  else if (out && !message.deleted && message.attachments.length === 0)
    box.append(h('em', { text: 'Sent outside of this CRM' }));
  else if (message.type === 'unsupported')
    box.append(h('em', { text: 'Something the platform does not pass on' }));
  const reactions = [message.reaction, message.ownReaction].filter(Boolean);
  if (reactions.length > 0) box.append(h('span', { class: 'reaction', text: reactions.join(' ') }));
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
  if (!src || shown.tagName === 'IMG') return shown;
  return h('a', { class: 'file-link', href: src, target: '_blank', rel: 'noreferrer' }, shown);
}

function nameOf({ type, file_name: name, title, url, latitude, longitude, phone }) {
  const place = latitude === undefined ? null : `${latitude}, ${longitude}`;
  const words = [title, phone, place].filter(Boolean).join(' · ');
  if (words) return words;
  const end = url && URL.canParse(url) ? new URL(url).pathname.split('/').at(-1) : null;
  return name ?? (end || type);
}
