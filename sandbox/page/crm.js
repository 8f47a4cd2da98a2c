import { byId, h, initials, showList, showMessages, timeOf } from './dom.js';
import { media, platformOf } from './phone.js';

export function renderCrm(view, choose) {
  const { title, customers } = platformOf(view);
  const person = customers.find(({ id }) => id === view.customer);
  byId('crm-channel').textContent = title;
  byId('crm-channel').dataset.platform = view.platform;
  const name = view.chat.username ?? person?.username ?? 'Nobody';
  byId('crm-name').textContent = name;
  byId('crm-avatar').textContent = initials(person?.name ?? name);
  byId('crm-window').textContent = windowText(view.window, title);
  byId('sequence').textContent = sequenceText(view.chat);
  byId('sequence').classList.toggle('gap', view.chat.missing.length > 0);
  showList(
    byId('rail'),
    conversations(view),
    ({ channel, id }) => `${channel}/${id}`,
    (conversation) => entry(conversation, choose),
  );
  const items = view.chat.messages.length > 0 ? view.chat.messages : [{ id: 'empty' }];
  showMessages(byId('chat'), items, ({ id }) => id, bubble);
}

/** Of all channels, newest first; people who never wrote only while they are looked at. */
function conversations({ platforms, platform, customer }) {
  return platforms
    .flatMap(({ name, title, customers }) =>
      customers.map((person) => ({
        ...person,
        channel: name,
        title,
        chosen: name === platform && person.id === customer,
      })),
    )
    .filter(({ at, chosen }) => at !== null || chosen)
    .toSorted((left, right) => (right.at ?? 0) - (left.at ?? 0));
}

function windowText(window, title) {
  if (!window) return 'May be answered at any time';
  if (!window.closes_at) return `Has not written yet: ${title} takes no messages`;
  if (!window.open) return `24-hour window closed: ${title} will refuse`;
  const today = new Date(window.closes_at).getDate() === new Date().getDate();
  return `May be answered until ${timeOf(window.closes_at)} ${today ? 'today' : 'tomorrow'}`;
}

function sequenceText({ last_sequence: last, missing }) {
  if (missing.length > 0) return `missing: ${missing.join(', ')}`;
  return last > 0 ? `event ${last}, no gaps` : '';
}

function entry({ channel, title, id, name, username, preview, chosen }, choose) {
  const button = h(
    'button',
    { type: 'button', 'aria-current': chosen ? 'true' : undefined },
    h('span', { class: 'avatar', text: initials(name ?? username), 'aria-hidden': 'true' }),
    h(
      'span',
      {},
      h('b', { text: name ?? username }),
      h('small', { class: 'on', 'data-platform': channel, text: title }),
      h('small', { text: preview ?? '', dir: 'auto' }),
    ),
  );
  button.addEventListener('click', () => choose(channel, id));
  return button;
}

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

/** Only pictures of the sandbox itself are loaded; the page's policy forbids the rest. */
function shown({ type, url }) {
  const at = url && URL.canParse(url) ? new URL(url) : null;
  const ours = at && /^\/(\w+\/cdn|phone\/\w+\/files)\//.test(at.pathname);
  return { type, src: ours ? at.pathname + at.search : null };
}

function bubble(message) {
  if (message.id === 'empty')
    return h('p', { class: 'empty', text: 'No messages with this customer yet.' });
  const out = message.direction === 'out';
  const box = h('div', { class: 'bubble', dir: 'auto' });
  if (message.deleted) box.append(h('em', { text: 'The customer took this back' }));
  for (const item of message.attachments) box.append(media(shown(item)));
  if (message.text !== null) box.append(h('span', { text: message.text }));
  else if (out && !message.deleted) box.append(h('em', { text: 'Sent outside of this CRM' }));
  else if (message.type === 'unsupported')
    box.append(h('em', { text: 'Something the platform does not pass on' }));
  if (message.reaction) box.append(h('span', { class: 'reaction', text: message.reaction }));
  const note = h('small', {
    text: [timeOf(message.at), message.edited && 'edited'].filter(Boolean).join(' · '),
  });
  if (out)
    note.append(
      ' ',
      h('span', {
        class: 'status',
        'data-status': message.status,
        text: `${TICKS[message.status] ?? ''} ${message.status}`,
      }),
    );
  const parts = [box, note];
  if (message.error)
    parts.push(
      h('p', { class: 'trouble', text: `${message.error.message} (${message.error.code})` }),
    );
  if (message.delay)
    parts.push(h('p', { class: 'trouble soft', text: `Delayed: ${message.delay}` }));
  return h('div', { class: `message ${out ? 'mine' : 'theirs'}` }, ...parts);
}
