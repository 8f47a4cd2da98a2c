import type { Phone } from '../phone.ts';
import { type Acts, onNewest, playActs } from '../phone-samples.ts';
import type { CustomerActions } from './customer.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';
import type { OwnerActions } from './owner.ts';
import { DEMO_WHATSAPP_ACCOUNT, type Message, type Thread, openThread } from './state.ts';
import type { WhatsAppState } from './state.ts';
import { sampled } from './written.ts';

type Deps = { state: WhatsAppState; actions: CustomerActions; owner: OwnerActions };

const sentence = (body: string) => ({ type: 'text', content: { body }, text: body });

/** Messages of other kinds than words and files, and what the owner does in the Business app. */
export function createSamplesOnPhone(deps: Deps): Pick<Phone, 'samples' | 'playSample'> {
  const { state, actions, owner } = deps;
  const byCustomer: Acts<Thread> = {
    ...Object.fromEntries(
      Object.keys(MESSAGE_SAMPLES).map((name) => [
        name,
        (thread: Thread) => void actions.write(thread, sampled(name)),
      ]),
    ),
    standby: (thread) =>
      void actions.write(thread, { ...sentence('Is a person there?'), standby: true }),
  };
  const picture = { type: 'image', file: { mimeType: 'image/png' }, content: {} };
  const byOwner: Acts<Thread> = {
    text: (thread) => void owner.write(thread, sentence('Typed on the phone of the business')),
    picture: (thread) => void owner.write(thread, picture),
    change: onNewest(isTyped, (thread: Thread, message) =>
      owner.edit(thread, message, 'Changed there'),
    ),
    take_back: onNewest(isTyped, (thread: Thread, message) => owner.revoke(thread, message)),
    reaction: onNewest(isReceived, (thread: Thread, message) => owner.react(thread, message, '👍')),
  };
  return playActs({ customer: byCustomer, owner: byOwner }, (customerId) =>
    openThread(state, DEMO_WHATSAPP_ACCOUNT.phone_number_id, customerId),
  );
}

const isTyped = ({ via, deleted }: Message) => via === 'app' && !deleted;
const isReceived = ({ from, deleted }: Message) => from === 'customer' && !deleted;
