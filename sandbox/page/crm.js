import { byId, h, initials, showList, showMessages } from './dom.js';
import { bubble, itemsOf } from './crm-bubble.js';
import { renderCompose } from './crm-compose.js';
import { renderOutlook } from './crm-outlook.js';
import { renderTable } from './crm-table.js';
import { platformOf } from './phone.js';

export function renderCrm(view, choose, report) {
  const { title, customers } = platformOf(view);
  const person = customers.find(({ id }) => id === view.customer);
  byId('crm-channel').textContent = title;
  byId('crm-channel').dataset.platform = view.platform;
  const username = view.chat.username ?? person?.username ?? 'Nobody';
  const name = view.chat.name ?? username;
  byId('crm-name').textContent = name === username ? name : `${name} (${username})`;
  byId('crm-avatar').textContent = initials(person?.name ?? name);
  byId('sequence').textContent = sequenceText(view.chat);
  byId('sequence').classList.toggle('gap', view.chat.missing.length > 0);
  showList(
    byId('rail'),
    conversations(view),
    ({ channel, id }) => `${channel}/${id}`,
    (conversation) => entry(conversation, choose),
  );
  const place = { channel: view.platform, customer: view.customer };
  showMessages(
    byId('chat'),
    itemsOf(view.chat),
    ({ id }) => id,
    (message) => bubble(message, place, report),
  );
  renderOutlook(view, title, () => renderCrm(view, choose, report));
  renderCompose(view, place, report);
  renderTable(view);
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
