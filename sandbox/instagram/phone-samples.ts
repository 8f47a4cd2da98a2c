import type { Phone } from '../phone.ts';
import { type Acts, onNewest, playActs } from '../phone-samples.ts';
import type { CustomerActions } from './customer.ts';
import { MESSAGE_SAMPLES } from './message-samples.ts';
import { DEMO_ACCOUNT, type DirectMessage, type Thread, openThread } from './state.ts';
import type { InstagramState } from './state.ts';

type Deps = { state: InstagramState; actions: CustomerActions };

/** Messages of other kinds than words and files, and what the owner does in Instagram itself. */
export function createSamplesOnPhone(deps: Deps): Pick<Phone, 'samples' | 'playSample'> {
  const { state, actions } = deps;
  const write =
    (given: Parameters<CustomerActions['write']>[1]): ((thread: Thread) => void) =>
    (thread) =>
      void actions.write(thread, given);
  const byCustomer: Acts<Thread> = {
    ...Object.fromEntries(
      Object.keys(MESSAGE_SAMPLES).map((sample) => [sample, write({ sample })]),
    ),
    standby: write({ text: 'Is a person there?', standby: true }),
    told_without_content: write({ text: 'Told as an edit of number 0', told_as: 'edit' }),
  };
  const picture = { type: 'image', url: 'https://lookaside.example/media/picture.png' };
  const byOwner: Acts<Thread> = {
    text: (thread) => void actions.writeAsBusiness(thread, { text: 'Typed in Instagram itself' }),
    picture: (thread) => void actions.writeAsBusiness(thread, { attachments: [picture] }),
    change: onNewest(isTyped, (thread: Thread, message) =>
      actions.edit(thread, message, 'Changed there', 'owner'),
    ),
    take_back: onNewest(isTyped, (thread: Thread, message) =>
      actions.unsend(thread, message, 'owner'),
    ),
    reaction: onNewest(isReceived, (thread: Thread, message) =>
      actions.react(thread, message, '👍', 'owner'),
    ),
  };
  return playActs({ customer: byCustomer, owner: byOwner }, (customerId) =>
    openThread(state, DEMO_ACCOUNT.instagram_account_id, customerId),
  );
}

const isTyped = ({ via, deleted }: DirectMessage) => via === 'app' && !deleted;
const isReceived = ({ from, deleted }: DirectMessage) => from === 'customer' && !deleted;
