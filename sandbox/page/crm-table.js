import { byId, h, showList } from './dom.js';

/** Milliseconds between looks: the router writes the row after it has told the CRM. */
const EVERY = 2000;
let open = false;
let reading = false;

/** The CRM's own table, offered where the sandbox has a connection to its database. */
export function renderTable(view) {
  byId('crm-views').hidden = !view.crm_table;
  if (!view.crm_table) show(false);
  if (open) void read();
}

function show(table) {
  open = table;
  byId('crm-chat').hidden = table;
  byId('crm-table').hidden = !table;
  for (const name of ['chat', 'table'])
    byId(`view-${name}`).setAttribute('aria-pressed', String((name === 'table') === table));
  if (table) void read();
}

async function read() {
  if (reading || byId('crm-table').offsetParent === null) return;
  reading = true;
  try {
    const { columns, rows, problem } = await (await fetch('/crm/api/table')).json();
    const count = rows.length === 0 ? 'No rows yet.' : `The newest ${rows.length}, newest first.`;
    byId('table-words').textContent = problem ?? count;
    byId('table-words').classList.toggle('trouble', problem !== null);
    const isKnown = problem === null;
    if (isKnown) fill(columns, rows);
  } catch {
    byId('table-words').textContent = 'The sandbox does not answer.';
  } finally {
    reading = false;
  }
}

function fill(columns, rows) {
  const head = h('tr', {}, ...columns.map((text) => h('th', { scope: 'col', text })));
  byId('table-head').replaceChildren(head);
  const id = columns.indexOf('id');
  const keyOf = (row, index) => (id < 0 ? `${rows.length - index}` : String(row[id]));
  const line = (row) => h('tr', {}, ...row.map((value, index) => cell(value, columns[index])));
  showList(byId('table-rows'), rows, keyOf, line);
}

function cell(value, column) {
  const text = value === null ? 'null' : String(value);
  const shown = { text, dir: 'auto', 'data-column': column };
  return h('td', { ...shown, class: value === null ? 'null' : undefined, title: text });
}

byId('view-chat').addEventListener('click', () => show(false));
byId('view-table').addEventListener('click', () => show(true));
setInterval(() => open && document.visibilityState === 'visible' && void read(), EVERY);
