import { byId, call, h, showList, timeOf } from './dom.js';

const SWITCHES = [
  ['rate_limit', 'Too many calls', '429, wait a minute'],
  ['server_error', 'Passing fault', '500, “retry later”'],
  ['timeout_lost', 'Message lost', 'and no answer'],
  ['timeout_arrived', 'Answer lost', 'but it arrives'],
  ['token_expired', 'Expired token', 'until a new log-in'],
  ['window_closed', 'Window closed', '24 hours are over'],
  ['crm_down', 'CRM down', '503 each time'],
];

export function renderBetween(view, report) {
  renderJourney(view.journey);
  renderSwitches(view.switches, report);
  const feed = view.feed.length > 0 ? view.feed : [{ id: 'empty' }];
  showList(byId('feed'), feed, ({ id }) => id, line);
}

let shown;
function renderJourney(journey) {
  const shape = JSON.stringify(journey);
  if (shape === shown) return;
  shown = shape;
  const card = byId('journey');
  card.dataset.tone = journey?.tone ?? 'note';
  if (!journey)
    return card.replaceChildren(
      h('h3', { text: 'No message yet' }),
      h('p', {
        class: 'words',
        text: 'Write as the customer or from the CRM, and follow it here.',
      }),
    );
  const from = journey.direction === 'in' ? 'Customer → CRM' : 'CRM → customer';
  card.replaceChildren(
    h('p', { class: 'way', text: from }),
    h('blockquote', { dir: 'auto', text: journey.text }),
    h('ol', { class: 'steps' }, ...journey.steps.map(step)),
    h('p', { class: 'words', text: journey.words }),
  );
}

function step({ name, state, at }) {
  return h(
    'li',
    { class: state, 'aria-current': state === 'now' ? 'step' : undefined },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    h('b', { text: name }),
    h('time', { text: timeOf(at, true) }),
  );
}

/** The buttons stay the same elements, so that the keyboard's place is not lost with every event. */
function renderSwitches(states, report) {
  const panel = byId('switches');
  if (panel.children.length === 0) panel.append(...SWITCHES.map((given) => toggle(given, report)));
  for (const [name] of SWITCHES)
    byId(`switch-${name}`).setAttribute('aria-checked', String(states[name]));
  const on = SWITCHES.filter(([name]) => states[name]).length;
  byId('fault-count').hidden = on === 0;
  byId('fault-count').textContent = `${on} on`;
}

function toggle([name, title, hint], report) {
  const button = h(
    'button',
    { type: 'button', class: 'switch', role: 'switch', id: `switch-${name}` },
    h('span', { class: 'knob', 'aria-hidden': 'true' }),
    h('span', {}, h('b', { text: title }), h('small', { text: hint })),
  );
  button.addEventListener('click', () => {
    const on = button.getAttribute('aria-checked') === 'true';
    call('PUT', '/control/switches', { [name]: !on }).catch(report);
  });
  return button;
}

const PARTIES = {
  customer: 'Customer',
  instagram: 'Instagram',
  router: 'Router',
  crm: 'CRM',
  sandbox: 'Sandbox',
};

function line({ id, tone, from, to, title, detail, at }) {
  if (id === 'empty') return h('li', { class: 'empty', text: 'Nothing yet.' });
  const way = to ? `${PARTIES[from]} → ${PARTIES[to]}` : PARTIES[from];
  return h(
    'li',
    { class: tone },
    h('span', { class: 'way' }, h('span', { text: way }), h('time', { text: timeOf(at, true) })),
    h('b', { text: title }),
    detail && h('span', { class: 'detail', text: detail }),
  );
}
