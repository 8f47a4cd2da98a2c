import { byId, call, h, showList, timeOf } from './dom.js';

export function renderBetween(view, report) {
  renderJourney(view.journey);
  renderSwitches(view.switches, report);
  PARTIES = {
    ...OTHERS,
    ...Object.fromEntries(view.platforms.map(({ name, title }) => [name, title])),
  };
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
function renderSwitches(switches, report) {
  const panel = byId('switches');
  const names = switches.map(({ side, name }) => `${side}/${name}`).join();
  if (panel.dataset.names !== names)
    panel.replaceChildren(...switches.map((each) => toggle(each, report)));
  panel.dataset.names = names;
  for (const { name, on } of switches)
    byId(`switch-${name}`).setAttribute('aria-checked', String(on));
  const count = switches.filter(({ on }) => on).length;
  byId('fault-count').hidden = count === 0;
  byId('fault-count').textContent = `${count} on`;
}

function toggle({ side, name, title, hint }, report) {
  const button = h(
    'button',
    { type: 'button', class: 'switch', role: 'switch', id: `switch-${name}` },
    h('span', { class: 'knob', 'aria-hidden': 'true' }),
    h('span', {}, h('b', { text: title }), h('small', { text: hint })),
  );
  button.addEventListener('click', () => {
    const on = button.getAttribute('aria-checked') === 'true';
    call('PUT', `/control/${side}/switches`, { [name]: !on }).catch(report);
  });
  return button;
}

let PARTIES = {};
const OTHERS = {
  customer: 'Customer',
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
