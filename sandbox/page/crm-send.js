import { call } from './dom.js';

/** `{content, reply_to?, preview?}` through the sandbox, which has the router's key. */
export function send({ channel, customer }, given) {
  return call('POST', '/crm/api/messages', { channel, customer_id: customer, ...given });
}

/** What the router says to a content beforehand, in sentences; `refused` if it would not go out. */
export async function askAbout({ channel, customer }, content) {
  const body = { channel, customer_id: customer, ...(content && { content }) };
  const answer = await call('POST', '/crm/api/check', body);
  if (answer.problem) return { refused: true, words: [sentence(answer.problem.message)] };
  const problems = (answer.problems ?? []).map(({ detail }) => sentence(detail));
  const conversions = (answer.content?.conversions ?? []).map(sentence);
  return { ...answer, refused: problems.length > 0, words: [...problems, ...conversions] };
}

function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
