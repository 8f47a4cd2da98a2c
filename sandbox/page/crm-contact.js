import { h } from './dom.js';
import { safeLink } from './safe-link.js';

/** A contact card with all that is on it; `card` and `row` build its parts. */
export function contactCard(contact, { card, row }) {
  const { company, department, job_title: job, birthday, vcard } = contact;
  const name =
    contact.name ??
    ([contact.first_name, contact.last_name].filter(Boolean).join(' ') || 'A contact');
  return card(
    'contact',
    name,
    row(job, department, company),
    ...contact.phones.map(({ number, type }) => row(number, type?.toLowerCase())),
    ...contact.emails.map(({ email, type }) => row(email, type?.toLowerCase())),
    ...contact.urls.map(({ url }) => h('p', {}, safeLink(url))),
    ...contact.addresses.map(({ street, city, state, zip, country }) =>
      row(
        [street, [zip, city].filter(Boolean).join(' '), state, country].filter(Boolean).join(', '),
      ),
    ),
    row(birthday && `born ${birthday}`),
    vcard && h('details', {}, h('summary', { text: 'vCard' }), h('pre', { text: vcard })),
  );
}
