import type { Chat, CrmMessage } from './crm/inbox.ts';
import type { PhoneMessage, PhoneThread } from './phone.ts';
import type { Platform } from './platform.ts';
import type { Switches } from './switches.ts';

export type Step = { name: string; state: 'done' | 'now' | 'next' | 'bad'; at: number | null };

/** Where the newest message of a conversation is, in steps and in words. */
export type Journey = {
  direction: 'in' | 'out';
  text: string;
  steps: Step[];
  tone: 'good' | 'note' | 'warning' | 'bad';
  words: string;
};

type Context = { platform: Platform; switches: Switches };

/** The way of the newest message, whoever wrote it; null before the first one. */
export function describeJourney(
  context: Context,
  thread: PhoneThread,
  chat: Chat | undefined,
): Journey | null {
  const written = thread.messages.findLast(({ from }) => from === 'customer');
  const answer = chat?.messages.findLast(({ direction }) => direction === 'out');
  if (answer && answer.at >= (written?.writtenAt ?? written?.at ?? 0))
    return wayOut(context, answer);
  return written ? wayIn(context, written, chat) : null;
}

function wayOut(context: Context, message: CrmMessage): Journey {
  const status = message.status ?? 'sending';
  const reached = (names: string[]) =>
    message.history.find((entry) => names.includes(entry.status))?.at ?? null;
  const ended = ['failed', 'unconfirmed', 'rejected'].includes(status);
  const steps: Step[] = [
    { name: 'pending', state: 'next', at: reached(['pending']) },
    { name: ended ? status : 'sent', state: 'next', at: reached([ended ? status : 'sent']) },
    { name: 'read', state: 'next', at: reached(['read']) },
  ];
  const passed = { sending: 0, pending: 1, sent: 2, delivered: 2, read: 3 }[status] ?? 2;
  steps.forEach((step, index) => {
    if (index < passed) step.state = 'done';
    if (index === passed - 1 && status !== 'read') step.state = 'now';
  });
  if (ended && steps[1]) steps[1].state = 'bad';
  // Nobody reports that a reaction or a change was read.
  if (message.actsOn) steps.pop();
  return { direction: 'out', text: textOf(message), steps, ...wordsOut(message, context) };
}

function textOf({ type, text, attachments }: CrmMessage): string {
  if (type === 'reaction') return text ?? 'A reaction taken back';
  return text ?? (attachments[0] ? `Sent: ${attachments[0].type}` : '');
}

function wordsOut(message: CrmMessage, context: Context): Pick<Journey, 'tone' | 'words'> {
  const { error } = message;
  const { title } = context.platform;
  const told = error ? ` ${error.message || 'No text was given.'} (code ${error.code})` : '';
  switch (message.status) {
    case 'pending':
      return waiting(message, context);
    case 'sent':
      if (message.actsOn) return { tone: 'good', words: `${title} shows it.` };
      return { tone: 'good', words: `${title} has it. The customer has not looked yet.` };
    case 'delivered':
      return { tone: 'good', words: 'It is on the customer’s phone.' };
    case 'read':
      return { tone: 'good', words: 'The customer has read it.' };
    case 'failed':
      return { tone: 'bad', words: `The router gave up.${told}` };
    case 'unconfirmed':
      return {
        tone: 'warning',
        words: `Nobody knows whether ${title} has it: ${waits(message)}${told}`,
      };
    case 'rejected':
      return { tone: 'bad', words: `The router did not accept it.${told}` };
    default:
      return { tone: 'note', words: 'On its way from the CRM to the router …' };
  }
}

function waits({ holds }: CrmMessage): string {
  return holds
    ? 'the conversation waits until somebody decides.'
    : 'the router waits for proof before it does anything.';
}

function waiting({ delay }: CrmMessage, context: Context): Pick<Journey, 'tone' | 'words'> {
  const { title, name } = context.platform;
  const isOn = (switchName: string) => context.switches.isOn(name, switchName);
  const reasons = [
    isOn('token_expired') &&
      'The token is refused: the router paused the account. Turn the switch off to log in again.',
    isOn('rate_limit') && `${title} says “too many requests”: the router waits and tries again.`,
    isOn('server_error') && `${title} has a fault: the router tries three times in all.`,
    isOn('timeout_lost') && `${title} does not answer: the router waits for proof.`,
    isOn('timeout_arrived') &&
      `${title} has it, but its answer was lost: the router waits for proof.`,
    context.switches.isOn('crm', 'crm_down') &&
      'The CRM is down, so it cannot hear what became of the message.',
    delay && `The router waits: ${delay}`,
  ].filter((reason) => typeof reason === 'string');
  const words = reasons[0];
  if (words !== undefined) return { tone: 'warning', words };
  return { tone: 'note', words: `The router has stored it safely and is handing it to ${title}.` };
}

function wayIn(
  { switches, platform }: Context,
  message: PhoneMessage,
  chat: Chat | undefined,
): Journey {
  const { title } = platform;
  const delivery = platform.phone.telling(message.id);
  // Of one second there may be several.
  const atThatTime = (chat?.messages ?? []).filter(
    ({ direction, at }) => direction === 'in' && at === message.at,
  );
  const inCrm = atThatTime.find((each) => each.text === message.text) ?? atThatTime.at(-1);
  const told = delivery?.state === 'delivered' || inCrm !== undefined;
  const toldAt = told ? (delivery?.at ?? null) : null;
  const steps: Step[] = [
    { name: 'written', state: 'done', at: message.at },
    { name: 'router', state: told ? 'done' : 'now', at: toldAt },
    {
      name: 'CRM',
      state: inCrm ? 'done' : told ? 'now' : 'next',
      at: inCrm?.history[0]?.at ?? null,
    },
  ];
  const text = message.text ?? 'an attachment';
  const words = (tone: Journey['tone'], said: string): Journey => ({
    ...{ direction: 'in', text, steps, tone },
    words: said,
  });
  if (inCrm) return words('good', 'The CRM has the customer’s message.');
  if (told && switches.isOn('crm', 'crm_down'))
    return words('warning', 'The CRM is down: the router keeps the message and will retry.');
  if (told) return words('note', 'The router has it and is telling the CRM.');
  if (delivery?.state === 'held') return words('warning', 'Webhooks are held back by a test.');
  if (delivery?.state === 'retrying' || delivery?.state === 'stopped')
    return words('warning', `The router did not take the webhook. ${title} keeps trying.`);
  if (!delivery) return words('warning', 'Nobody is told: the router has not subscribed yet.');
  return words('note', `${title} is telling the router …`);
}
