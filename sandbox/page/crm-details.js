import { h } from './dom.js';
import { contactCard } from './crm-contact.js';
import { totalOf } from './money.js';
import { safeLink } from './safe-link.js';

/** What stands above the words, and what below; both in this order. */
const MARKS = { standby: standbyMark, forwarded: forwardedMark, referral, story };
const CARDS = {
  ...{ unsupported, order, product, payment, contacts, poll, location },
  ...{ answer, mini_app: miniApp, links },
  platform_data: platformData,
};

/** Kinds of attachment that one of the members shows better. */
const SHOWN_BY = { location: 'location', contact: 'contacts', other: 'unsupported' };

export function marksOf({ details }) {
  return nodes(MARKS, details);
}

export function cardsOf({ details, text }) {
  return nodes(CARDS, details, text);
}

/** Whether an attachment says nothing that a member does not say better. */
export function isShownElsewhere({ type, url }, { details = {} }) {
  if (details[SHOWN_BY[type]]) return true;
  return type === 'share' && url !== undefined && url === details.story?.url;
}

function nodes(makers, details = {}, text = null) {
  return Object.entries(makers)
    .filter(([name]) => details[name])
    .map(([name, make]) => make(details[name], text))
    .filter(Boolean);
}

function card(kind, title, ...rows) {
  return h('div', { class: 'detail', 'data-kind': kind }, h('b', { text: title }), ...rows);
}

/** A line of a card; nothing where there is nothing to say. */
function row(...parts) {
  const words = parts.filter((part) => part && part !== true);
  return words.length > 0 && h('p', { text: words.join(' · ') });
}

function linkRow(url, words) {
  return url && h('p', {}, safeLink(url, words ?? url));
}

function mark(kind, text) {
  return h('p', { class: 'mark', 'data-kind': kind, text });
}

function standbyMark() {
  return mark('standby', 'Another app holds this thread');
}

function forwardedMark({ from, at, frequently }) {
  const date = at && new Date(at).toLocaleDateString();
  const words = frequently ? 'Forwarded many times' : 'Forwarded';
  return mark('forwarded', [words, from && `from ${from}`, date].filter(Boolean).join(' '));
}

const SOURCES = { ad: 'an ad', post: 'a post', link: 'a link', product: 'a product' };

function referral(given) {
  const { source, source_id: id, ref, click_id: click, headline, body, url, media_url } = given;
  return card(
    'referral',
    `Came by ${SOURCES[source] ?? source ?? 'a referral'}`,
    row(headline, body),
    row(id && `id ${id}`, ref && `ref ${ref}`, click && `click ${click}`),
    row(given.product && `product ${productWords(given.product)}`),
    linkRow(url),
    linkRow(media_url, 'its picture'),
  );
}

const STORIES = { reply: 'Answers a story', mention: 'Mentioned in a story', share: 'A story' };

function story({ kind, id, url }) {
  return card(
    'story',
    STORIES[kind] ?? kind,
    row(id && `id ${id}`),
    linkRow(url, 'Open the story'),
  );
}

function unsupported({ code, reason }) {
  const why = reason ?? 'The platform does not pass it on';
  return h('em', { class: 'unsupported', text: code ? `${why} (${code})` : why });
}

function order({ catalog_id: catalog, items }) {
  const lines = items.map(({ product_id: id, quantity, price, currency }) =>
    h(
      'tr',
      {},
      h('td', { text: `${quantity ?? '?'} ×` }),
      h('td', { text: id ?? '?' }),
      h('td', { class: 'amount', text: price === null ? '' : `${price} ${currency ?? ''}` }),
    ),
  );
  const total = totalOf(items);
  return card(
    'order',
    'Order',
    h('table', {}, h('tbody', {}, ...lines)),
    row(total && `Together ${total}`, catalog && `catalogue ${catalog}`),
  );
}

function productWords({ title, product_id: id, catalog_id: catalog }) {
  return [title, id, catalog && `catalogue ${catalog}`].filter(Boolean).join(' · ');
}

function product(given) {
  return card('product', 'Product', row(productWords(given)), linkRow(given.url));
}

const PAYMENTS = { paid: 'Paid', refunded: 'Refunded', invoice: 'Invoice' };

function payment({ amount, currency, payload, status, ...charges }) {
  return card(
    'payment',
    `${PAYMENTS[status] ?? 'Payment'}: ${amount ?? '?'} ${currency ?? ''}`,
    row(payload && `for ${payload}`, !PAYMENTS[status] && status),
    row(charges.platform_charge_id, charges.provider_charge_id),
  );
}

function contacts(cards) {
  return h('div', {}, ...cards.map((one) => contactCard(one, { card, row })));
}

function poll({ question, options, closed, multiple_answers: many }) {
  const lines = options.map(({ text, votes }) =>
    h('li', { text: votes === null ? text : `${text}: ${votes}` }),
  );
  const more = [many && 'several answers', closed && 'closed'].filter(Boolean).join(' · ');
  return card('poll', question, h('ul', {}, ...lines), row(more));
}

function location({ latitude, longitude, name, address, url }) {
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}`;
  return card(
    'location',
    name ?? 'A place',
    row(address),
    linkRow(map, `${latitude}, ${longitude}`),
    linkRow(url),
  );
}

const ANSWERS = {
  ...{ button: 'Pressed', quick_reply: 'Pressed', list: 'Chose', form: 'Filled in a form' },
  call_permission: 'Answered whether you may call',
  ...{ users_shared: 'Chose people', chat_shared: 'Chose a chat' },
};

function answer({ kind, title, description, payload }, text) {
  return card(
    'answer',
    ANSWERS[kind] ?? kind,
    row(title !== text && title, description),
    payload && (fieldsOf(payload) ?? h('code', { text: payload })),
  );
}

function miniApp({ data, button_text: button }) {
  const title = button ? `Mini App (${button})` : 'Mini App';
  return card('mini_app', title, fieldsOf(data) ?? h('code', { text: data }));
}

/** The fields of a form, where the payload is one. */
function fieldsOf(payload) {
  let fields;
  try {
    fields = JSON.parse(payload);
  } catch {
    return null;
  }
  if (typeof fields !== 'object' || fields === null) return null;
  const words = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  return h(
    'dl',
    {},
    ...Object.entries(fields).flatMap(([name, value]) => [
      h('dt', { text: name }),
      h('dd', { text: words(value) }),
    ]),
  );
}

function links(given) {
  const lines = given.map(({ text, url }) => h('p', {}, `“${text}” → `, safeLink(url)));
  return card('links', 'Behind the words', ...lines);
}

function platformData({ content, truncated }) {
  const summary = truncated ? 'More from the platform (shortened)' : 'More from the platform';
  return h(
    'details',
    { class: 'detail', 'data-kind': 'platform_data' },
    h('summary', { text: summary }),
    h('pre', { text: JSON.stringify(content, null, 2) }),
  );
}
