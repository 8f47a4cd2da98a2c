import { byId, call, h, showList, showMessages, timeOf } from './dom.js';
import { renderKinds } from './phone-kinds.js';
import { openSheet } from './phone-sheet.js';

/** Milliseconds a person needs to look at a message; long enough to see "sent" before "read". */
const LOOK = 900;
let lookingAt = null;

export function renderPhone(view, choose, report) {
  const { account, customers, title } = platformOf(view);
  byId('phone').dataset.platform = view.platform;
  byId('account').textContent = account.name;
  byId('channel').textContent = `Business chat · ${title}`;
  byId('phone-time').textContent = timeOf(Date.now());
  showList(
    byId('channels'),
    view.platforms.map((platform) => tabOf(platform, view)),
    ({ name }) => name,
    (given) => tab(given, choose),
  );
  showList(byId('customers'), customers, ({ id }) => id, option);
  byId('customers').value = view.customer ?? '';
  const items = view.thread.length > 0 ? [...view.thread] : [{ id: 'empty' }];
  if (view.typing) items.push({ id: 'typing' });
  const place = placeOf(view);
  renderKinds(platformOf(view), place.path, report);
  showMessages(
    byId('thread'),
    items,
    ({ id }) => id,
    (message) => bubble(message, place, report),
  );
  look(view, place);
}

export function platformOf(view) {
  return view.platforms.find(({ name }) => name === view.platform);
}

/** Where the phone's verbs go, and which of them the platform has. */
function placeOf(view) {
  const path = `/phone/${view.platform}/customers/${encodeURIComponent(view.customer)}`;
  return { path, can: platformOf(view).can };
}

function tabOf({ name, title, customers }, view) {
  const unseen = customers.reduce((sum, customer) => sum + customer.unseen, 0);
  return { name, title, unseen, chosen: name === view.platform };
}

function tab({ name, title, unseen, chosen }, choose) {
  const made = h(
    'button',
    { type: 'button', 'data-platform': name, 'aria-pressed': String(chosen) },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    title,
    !chosen && unseen > 0 && h('span', { class: 'count', text: String(unseen) }),
  );
  made.addEventListener('click', () => choose(name));
  return made;
}

function option({ id, name, username }) {
  return h('option', { value: id, text: name ? `${name} (${username})` : username });
}

function bubble(message, place, report) {
  if (message.id === 'empty')
    return h('p', { class: 'empty', text: 'Say hello: what you write here reaches the CRM.' });
  if (message.id === 'typing')
    return h('div', { class: 'message theirs' }, h('div', { class: 'bubble', text: 'typing …' }));
  const mine = message.from === 'customer';
  const box = h('div', { class: 'bubble', dir: 'auto' });
  if (message.quote) box.append(h('blockquote', { class: 'quote', text: message.quote }));
  if (message.deleted) box.append(h('em', { text: 'Message taken back' }));
  for (const item of message.media) box.append(media(item));
  if (message.text !== null) box.append(h('span', { class: 'said', text: message.text }));
  if (isBare(message)) box.append(h('em', { text: message.note ?? 'A message' }));
  if (message.reactions.length > 0)
    box.append(h('span', { class: 'reaction', text: message.reactions.join('') }));
  const parts = [h('div', { class: 'line' }, box, more(message, place, report))];
  if (message.buttons.length > 0) parts.push(buttons(message, place, report));
  parts.push(footer(isBare(message) ? { ...message, note: null } : message, mine));
  return h('div', { class: `message ${mine ? 'mine' : 'theirs'}` }, ...parts);
}

/** Neither words nor files: what it is has to be said in their place. */
function isBare({ text, media: files, deleted }) {
  return text === null && files.length === 0 && !deleted;
}

function more(message, place, report) {
  if (message.deleted) return null;
  const label = 'What to do with this message';
  const made = h('button', { type: 'button', class: 'more', 'aria-label': label, text: '⋯' });
  made.addEventListener('click', () => openSheet(message, place, report));
  return made;
}

function buttons({ id, buttons: titles }, { path, can }, report) {
  const press = (button) =>
    call('POST', `${path}/presses`, { message_id: id, button }).catch(report);
  const made = titles.map((text, index) => {
    const one = h('button', { type: 'button', text, disabled: !can.includes('press') });
    one.addEventListener('click', () => press(index));
    return one;
  });
  return h('div', { class: 'replies' }, ...made);
}

const TICKS = { sent: '✓', delivered: '✓✓', read: '✓✓' };

/** Ticks stand beside the person's own messages, as in the apps. */
function footer({ at, edited, note, status }, mine) {
  const notes = [timeOf(at), edited && 'edited', note].filter(Boolean).join(' · ');
  const ticks =
    mine &&
    status &&
    h('span', { class: 'ticks', 'data-status': status, title: status, text: TICKS[status] });
  return h('small', {}, notes, ticks && ' ', ticks);
}

/** Only what the sandbox itself serves is loaded; the page's policy forbids the rest. */
export function media({ type, src, name }) {
  if ((type === 'image' || type === 'sticker') && src) {
    const picture = h('img', { src, alt: 'A photo', width: 320, height: 220 });
    picture.addEventListener('error', () => picture.replaceWith(file(type, name)));
    return picture;
  }
  return file(type, name);
}

function file(type, name) {
  return h('span', { class: 'file', text: type === 'like_heart' ? '❤️' : `📎 ${name ?? type}` });
}

/** A phone that lies open shows new messages to its owner: the platform then tells the router. */
function look(view, { path, can }) {
  const unseen = view.thread.findLast(
    ({ from, status }) => from === 'business' && status !== 'read',
  );
  const visible = byId('thread').offsetParent !== null && document.visibilityState === 'visible';
  if (!can.includes('see') || !unseen || !visible || lookingAt === unseen.id) return;
  lookingAt = unseen.id;
  setTimeout(() => {
    call('POST', `${path}/seen`, {}).catch(() => {
      lookingAt = null;
    });
  }, LOOK);
}
