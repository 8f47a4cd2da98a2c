import { byId, call, h, showList } from './dom.js';
import { renderBetween } from './between.js';
import { renderCrm } from './crm.js';
import { renderPhone } from './phone.js';
import * as desk from './crm-sheet.js';
import { send } from './crm-send.js';
import { choice, endChoice } from './phone-sheet.js';

let channel = null;
let customer = null;
/** Whom each channel's phone showed last. */
const lastOn = {};
let latest = null;
let loading = false;
let again = false;

/** Asks for the view; events that come meanwhile cause one more question, not many. */
async function refresh() {
  if (loading) return void (again = true);
  loading = true;
  try {
    do {
      again = false;
      const asked = { channel, customer };
      const wanted = Object.entries(asked).filter(([, value]) => value !== null);
      const answer = await fetch(`/view?${new URLSearchParams(wanted)}`);
      const view = await answer.json();
      // Somebody chose meanwhile: an answer to the older question would undo that.
      if (channel !== asked.channel || customer !== asked.customer) again = true;
      else render(view);
    } while (again);
  } catch {
    connection('Sandbox is down', 'bad');
  } finally {
    loading = false;
  }
}

function render(view) {
  markNews(view);
  latest = view;
  channel = view.platform;
  customer = view.customer;
  lastOn[channel] = customer;
  const missing = view.missing.length > 0;
  connection(missing ? 'Not connected yet' : 'Connected', missing ? 'warning' : 'good');
  byId('missing').hidden = !missing;
  showList(
    byId('missing-list'),
    view.missing,
    (text) => text,
    (text) => h('li', { text }),
  );
  link('swagger', view.router.api_url && `${view.router.api_url}/docs`);
  link('temporal', view.router.temporal_ui);
  showPhone();
  renderBetween(view, report);
  renderCrm(view, choose, report);
}

function connection(text, tone) {
  byId('connection').textContent = text;
  byId('connection').dataset.tone = tone;
}

function link(id, href) {
  byId(id).hidden = !href;
  if (href) byId(id).href = href;
}

function showPhone() {
  renderPhone(latest, choose, report);
}

function choose(platform, id = lastOn[platform] ?? null) {
  if (platform !== channel || id !== customer) {
    endChoice();
    desk.endChoice();
  }
  channel = platform;
  customer = id;
  void refresh();
}

let toasting;
function report(error) {
  byId('toast').textContent = error.message;
  byId('toast').hidden = false;
  clearTimeout(toasting);
  toasting = setTimeout(() => (byId('toast').hidden = true), 6000);
}

/** On a small screen: a dot on the tab in which something new happened. */
function markNews(view) {
  if (!latest || latest.platform !== view.platform || latest.customer !== view.customer) return;
  const grew = { phone: 'thread', crm: 'chat' };
  for (const [tab, part] of Object.entries(grew)) {
    const count = (of) => (of[part].messages ?? of[part]).length;
    if (count(view) > count(latest) && document.body.dataset.tab !== tab)
      document.querySelector(`[data-for=${tab}]`).classList.add('news');
  }
}

function toNewest() {
  for (const id of ['thread', 'chat']) byId(id).scrollTop = byId(id).scrollHeight;
}

function openTab(name) {
  document.body.dataset.tab = name;
  for (const tab of document.querySelectorAll('[data-for]')) {
    const chosen = tab.dataset.for === name;
    tab.setAttribute('aria-current', String(chosen));
    if (chosen) tab.classList.remove('news');
  }
  toNewest();
  if (latest) showPhone();
}

/** Sends what was typed; it stays in the field if that fails. */
function onSend(form, field, post) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text === '' || customer === null) return;
    field.value = '';
    await post(text).catch((error) => {
      if (field.value === '') field.value = text;
      report(error);
    });
    void refresh();
  });
}

const asCustomer = (verb, body) =>
  call('POST', `/phone/${channel}/customers/${encodeURIComponent(customer)}/${verb}`, body);

onSend(byId('phone-form'), byId('phone-text'), (text) => {
  const about = choice();
  endChoice();
  if (about?.kind === 'edit') return asCustomer('edits', { message_id: about.id, text });
  return asCustomer('messages', { text, ...(about && { reply_to: about.id }) });
});
onSend(byId('crm-form'), byId('crm-text'), (text) => {
  const about = desk.choice();
  desk.endChoice();
  const isEdit = about?.kind === 'edit';
  const content = isEdit ? { type: 'edit', message_id: about.id, text } : { type: 'text', text };
  return send({ channel, customer }, { content, ...(about && !isEdit && { reply_to: about.id }) });
});
byId('crm-text').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId('crm-form').requestSubmit();
});
byId('photo').addEventListener('click', () => {
  asCustomer('messages', { photo: true }).catch(report);
});
byId('customers').addEventListener('change', (event) => choose(channel, event.target.value));

byId('new-customer').addEventListener('click', () => byId('new-dialog').showModal());
byId('new-cancel').addEventListener('click', () => byId('new-dialog').close());
byId('new-form').addEventListener('submit', async () => {
  const name = byId('new-name').value.trim();
  byId('new-name').value = '';
  const made = await call('POST', `/phone/${channel}/customers`, { name }).catch(report);
  if (made) choose(channel, made.customer_id);
});

for (const tab of document.querySelectorAll('[data-for]'))
  tab.addEventListener('click', () => openTab(tab.dataset.for));
openTab('phone');
addEventListener('resize', toNewest);
document.addEventListener('visibilitychange', () => latest && showPhone());

const events = new EventSource('/events');
events.addEventListener('changed', refresh);
events.addEventListener('error', () => connection('Sandbox is down', 'bad'));
void refresh();
