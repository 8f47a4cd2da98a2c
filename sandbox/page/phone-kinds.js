import { byId, call, h, showList } from './dom.js';

const GROUPS = { customer: 'kinds-customer', owner: 'kinds-owner' };
const dialog = byId('kinds');
let path = null;
let report = () => undefined;

/** The menu of messages of other kinds, and of what the owner does in the platform's own app. */
export function renderKinds({ samples }, customerPath, reportTo) {
  path = customerPath;
  report = reportTo;
  byId('more-kinds').hidden = samples.length === 0;
  for (const [by, id] of Object.entries(GROUPS)) {
    const listed = samples.filter((sample) => sample.by === by);
    byId(id).parentElement.hidden = listed.length === 0;
    showList(byId(id), listed, ({ name }) => `${path}/${name}`, button);
  }
}

function button(sample) {
  const made = h('button', {
    ...{ type: 'button', class: 'quiet' },
    text: sample.name.replaceAll('_', ' '),
  });
  made.addEventListener('click', () => {
    dialog.close();
    call('POST', `${path}/samples`, sample).catch(report);
  });
  return made;
}

byId('more-kinds').addEventListener('click', () => dialog.showModal());
byId('kinds-end').addEventListener('click', () => dialog.close());
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close();
});
