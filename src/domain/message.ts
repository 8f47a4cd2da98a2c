/** What a message is for the router: pure shapes and the rules of its status. */
import type { MessageDetails } from './message-details.ts';

export type Direction = 'in' | 'out';

export type MessageStatus = 'pending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unconfirmed';

/** Something that came with a message; its members are what the CRM reads. */
export type Attachment = {
  type:
    | 'image'
    | 'video'
    | 'audio'
    | 'document'
    | 'sticker'
    | 'location'
    | 'contact'
    | 'share'
    | 'other';
  url?: string | undefined;
  title?: string | undefined;
  /** The platform's handle of a file that has no address of its own. */
  media_id?: string | undefined;
  mime_type?: string | undefined;
  file_name?: string | undefined;
  size_bytes?: number | undefined;
  latitude?: number | undefined;
  longitude?: number | undefined;
  phone?: string | undefined;
};

/** What the customer wrote. `text` is null where there is none. */
export type MessageContent = {
  type:
    | 'text'
    | 'image'
    | 'video'
    | 'audio'
    | 'document'
    | 'sticker'
    | 'location'
    | 'contact'
    | 'order'
    | 'share'
    | 'postback'
    | 'poll'
    | 'payment'
    | 'referral'
    | 'unsupported';
  text: string | null;
  attachments: Attachment[];
  /** What the button that was pressed stands for. */
  payload?: string | null | undefined;
  /** What else it carries: referral, order, contact cards, hidden links, … */
  details?: MessageDetails | undefined;
};

/** Why a message failed: our class, the platform's own code and words. */
export type MessageError = { class: string; code: string; message: string };

/** Who caused a status change. */
export type TransitionSource = 'router' | 'platform' | 'operator' | 'api';

const RANK: Record<MessageStatus, number> = {
  pending: 0,
  unconfirmed: 1,
  failed: 1,
  sent: 2,
  delivered: 3,
  read: 4,
};

/**
 * Whether proof from the platform that it has the message moves `from` to `to`.
 * Rank never goes down; proof beats `failed` and `unconfirmed`.
 */
export function advances(from: MessageStatus, to: 'sent' | 'delivered' | 'read'): boolean {
  return RANK[to] > RANK[from];
}
