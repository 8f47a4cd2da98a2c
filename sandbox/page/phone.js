import { byId, call, h, showList, showMessages, timeOf } from './dom.js';

/** Milliseconds a person needs to look at a message; long enough to see "sent" before "read". */
const LOOK = 900;
let lookingAt = null;

export function renderPhone(view) {
  byId('account').textContent = view.account.username;
  byId('phone-time').textContent = timeOf(Date.now());
  showList(byId('customers'), view.customers, ({ id }) => id, option);
  byId('customers').value = view.customer ?? '';
  const items = view.thread.length > 0 ? view.thread : [{ mid: 'empty' }];
  showMessages(byId('thread'), items, ({ mid }) => mid, bubble);
  look(view);
}

function option({ id, name, username }) {
  return h('option', { value: id, text: name ? `${name} (${username})` : username });
}

function bubble(message) {
  if (message.mid === 'empty')
    return h('p', { class: 'empty', text: 'Say hello: what you write here reaches the CRM.' });
  const mine = message.from === 'customer';
  const box = h('div', { class: 'bubble', dir: 'auto' });
  if (message.deleted) box.append(h('em', { text: 'Message taken back' }));
  else if (message.unsupported) box.append(h('em', { text: 'Something the API cannot show' }));
  for (const item of message.media) box.append(media(item));
  if (message.text !== null) box.append(h('span', { text: message.text }));
  const reactions = Object.values(message.reactions);
  if (reactions.length > 0) box.append(h('span', { class: 'reaction', text: reactions.join('') }));
  const notes = [
    timeOf(message.at),
    message.edits > 0 && 'edited',
    message.via === 'app' && 'typed in the app',
  ];
  return h(
    'div',
    { class: `message ${mine ? 'mine' : 'theirs'}` },
    box,
    h('small', { text: notes.filter(Boolean).join(' · ') }),
  );
}

/** Only pictures of the sandbox itself are loaded; the page's policy forbids the rest. */
export function media({ type, url }) {
  const path = url && URL.canParse(url) ? new URL(url) : null;
  if (type === 'image' && path?.pathname.startsWith('/instagram/cdn/'))
    return h('img', { src: path.pathname + path.search, alt: 'A photo', width: 320, height: 220 });
  return h('span', { class: 'file', text: type === 'like_heart' ? '❤️' : `📎 ${type}` });
}

/** A phone that lies open shows new messages to its owner: Instagram then tells the router. */
function look(view) {
  const unseen = view.thread.findLast(({ from, seenAt }) => from === 'business' && seenAt === null);
  const visible = byId('thread').offsetParent !== null && document.visibilityState === 'visible';
  if (!unseen || !visible || lookingAt === unseen.mid) return;
  lookingAt = unseen.mid;
  const path = `/control/instagram/customers/${encodeURIComponent(view.customer)}/seen`;
  setTimeout(() => {
    call('POST', path, { account: view.account.id, mid: unseen.mid }).catch(() => {
      lookingAt = null;
    });
  }, LOOK);
}
