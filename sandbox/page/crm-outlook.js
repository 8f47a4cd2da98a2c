import { byId, h, showList, timeOf } from './dom.js';
import { askAbout } from './crm-send.js';

/** What the router says about writing to the customer who is shown. */
let outlook = null;
let asked = null;
const abilities = {};
const NOTHING = { reaction: false, edit: false, template: false };

/** Which kinds the channel takes beside texts and files, as far as the router has said. */
export function abilitiesOf(channel) {
  return abilities[channel] ?? NOTHING;
}

/** Asks again whenever something happened that may change the answer. */
export function renderOutlook(view, title, again) {
  const place = { channel: view.platform, customer: view.customer };
  const who = JSON.stringify([place, view.router.accounts]);
  const { last_sequence: last, messages } = view.chat;
  const now = JSON.stringify([who, last, messages.length, view.switches, view.missing]);
  if (outlook?.who !== who) outlook = null;
  if (asked !== now && place.customer !== null && view.missing.length === 0) {
    asked = now;
    void ask(place, { who, now }, again);
  }
  show(view, title);
}

async function ask(place, { who, now }, again) {
  try {
    const answer = await askAbout(place);
    if (answer.window && !abilities[place.channel]) await learn(place);
    // Meanwhile somebody else may be shown, or more have happened.
    if (asked !== now) return;
    outlook = { who, ...answer };
  } catch {
    return;
  }
  again();
}

async function learn({ channel, customer }) {
  const query = new URLSearchParams({ channel, customer_id: customer });
  const known = await (await fetch(`/crm/api/abilities?${query}`)).json();
  if (Object.values(known).every((value) => value !== null)) abilities[channel] = known;
}

function show(view, title) {
  byId('crm-window').textContent = windowText(view, title);
  const needed = outlook?.template_needed || view.window?.open === false;
  const can = abilitiesOf(view.platform);
  byId('template').hidden = !can.template;
  byId('template').classList.toggle('wanted', Boolean(can.template && needed));
  const words = [...(outlook?.words ?? []), ...queueWords(outlook?.queue)];
  if (can.template && needed)
    words.push(`Until the customer writes again, ${title} takes templates only.`);
  const strip = byId('crm-outlook');
  const list = byId('chat');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  strip.hidden = words.length === 0;
  showList(
    strip,
    words,
    (text) => text,
    (text) => h('p', { text }),
  );
  // The strip takes its room from the messages.
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function queueWords(queue) {
  if (!queue || queue.delay_seconds === 0) return [];
  const waiting = queue.waiting === 1 ? 'One message waits' : `${queue.waiting} messages wait`;
  if (queue.delay_seconds === null) return [`${waiting} until somebody acts: ${queue.reason}.`];
  return [`${waiting}; the router tries again in ${queue.delay_seconds} s.`];
}

/**
 * What the router says; where the platform itself knows better, what the platform will do. That is
 * so when a test closes the window, and before the router has answered.
 */
function windowText({ window, platform }, title) {
  if (window && !window.open && window.closes_at)
    return `24-hour window closed: ${title} will refuse`;
  const told = outlook?.window;
  if (!told) return guess(window, title);
  if (told.window === 'always') return 'May be answered at any time';
  if (told.window === 'template_only')
    return abilitiesOf(platform).template ? 'Takes templates only' : 'May not be answered';
  if (told.window === 'closed') return `Has not written lately: ${title} takes no messages`;
  return `May be answered until ${untilWords(Date.parse(told.until))}`;
}

function guess(window, title) {
  if (!window) return 'May be answered at any time';
  if (!window.closes_at) return `Has not written yet: ${title} takes no messages`;
  return `May be answered until ${untilWords(window.closes_at)}`;
}

function untilWords(at) {
  const days = Math.round(
    (new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5,
  );
  return `${timeOf(at)} ${['today', 'tomorrow'][days] ?? `in ${days} days`}`;
}
