/** Members of a message beside its text and files, as the router's events have them. */
const MEMBERS = [
  ...['referral', 'order', 'product', 'payment', 'contacts', 'poll', 'location', 'answer'],
  ...['mini_app', 'links', 'forwarded', 'story', 'unsupported', 'standby', 'platform_data'],
];

/** Those that the event has. */
export function detailsOf(data: Record<string, unknown>): Record<string, unknown> {
  const members = MEMBERS.map((name) => [name, data[name]] as const);
  return Object.fromEntries(members.filter(([, value]) => (value ?? null) !== null));
}
