/**
 * What a message carries beside its text and its files: one member per kind, named the same on all
 * channels, in events and history alike. A member is absent where the message has nothing of it.
 * Ids, codes and amounts of money are strings, as the platform wrote them; times are ISO 8601.
 */
export type MessageDetails = {
  /** What brought the customer here: an ad, a post, a link, a product. */
  referral?: Referral | undefined;
  /** What the customer ordered from a catalogue. */
  order?: Order | undefined;
  /** A product that the message asks about or shares. */
  product?: Product | undefined;
  payment?: Payment | undefined;
  /** Every contact card, whole. */
  contacts?: ContactCard[] | undefined;
  poll?: Poll | undefined;
  location?: Location | undefined;
  /** What was chosen or filled in: a button, a row of a list, a form. */
  answer?: Answer | undefined;
  /** What a Mini App sent. */
  mini_app?: { data: string; button_text: string | null } | undefined;
  /** Addresses that stand behind words of the text or caption. */
  links?: Link[] | undefined;
  forwarded?: Forwarded | undefined;
  /** The story that is answered, mentioned or shared. */
  story?: Story | undefined;
  /** Why there is no content that could be shown. */
  unsupported?: { code: string | null; reason: string | null } | undefined;
  /** True: another app of the platform holds the thread, so the platform may refuse an answer. */
  standby?: true | undefined;
  /**
   * What the platform sent inside the message and no other member holds, in the platform's own form:
   * at most 16 KB, `truncated` where something had to be left out.
   */
  platform_data?: { content: Record<string, unknown>; truncated: boolean } | undefined;
};

/** The names of all of them, where they have to be told from the other members of a message. */
export const DETAILS: Readonly<Record<keyof MessageDetails, true>> = {
  referral: true,
  order: true,
  product: true,
  payment: true,
  contacts: true,
  poll: true,
  location: true,
  answer: true,
  mini_app: true,
  links: true,
  forwarded: true,
  story: true,
  unsupported: true,
  standby: true,
  platform_data: true,
};

export type Referral = {
  /** `ad`, `post`, `link`, `product`, or the platform's own word in lower case. */
  source: string | null;
  /** The ad, post or product. */
  source_id: string | null;
  /** What the business wrote into its link or ad. */
  ref: string | null;
  /** By which an ad network counts the click. */
  click_id: string | null;
  headline: string | null;
  body: string | null;
  url: string | null;
  media_url: string | null;
  product: Product | null;
};

export type Order = {
  catalog_id: string | null;
  items: {
    product_id: string | null;
    quantity: number | null;
    /** Of one piece, a decimal number. */
    price: string | null;
    /** ISO 4217. */
    currency: string | null;
  }[];
};

export type Product = {
  catalog_id: string | null;
  product_id: string | null;
  title: string | null;
  url: string | null;
};

export type Payment = {
  /** A decimal number in whole units of `currency`. */
  amount: string | null;
  /** ISO 4217, or the platform's own currency. */
  currency: string | null;
  /** The same amount in the smallest unit, as the platform counts it. */
  amount_minor: number | null;
  /** What the business gave the invoice, to find it again. */
  payload: string | null;
  /** The platform's and the payment provider's ids of the charge. */
  platform_charge_id: string | null;
  provider_charge_id: string | null;
  status: string | null;
};

export type ContactCard = {
  name: string | null;
  first_name: string | null;
  last_name: string | null;
  company: string | null;
  department: string | null;
  job_title: string | null;
  birthday: string | null;
  phones: { number: string | null; type: string | null; platform_id: string | null }[];
  emails: { email: string; type: string | null }[];
  urls: { url: string; type: string | null }[];
  addresses: {
    street: string | null;
    city: string | null;
    state: string | null;
    zip: string | null;
    country: string | null;
    type: string | null;
  }[];
  /** The platform's id of the person on the card. */
  platform_id: string | null;
  vcard: string | null;
};

export type Poll = {
  id: string | null;
  question: string;
  options: { text: string; votes: number | null }[];
  closed: boolean | null;
  multiple_answers: boolean | null;
};

export type Location = {
  latitude: number;
  longitude: number;
  name: string | null;
  address: string | null;
  url: string | null;
};

export type Answer = {
  /** `button`, `quick_reply`, `list`, `form`, `call_permission`, `users_shared`, `chat_shared`, … */
  kind: string;
  title: string | null;
  description: string | null;
  /** What the business gave the button, row or form; of a form its answers as JSON. */
  payload: string | null;
};

export type Link = {
  /** The words that the address stands behind. */
  text: string;
  /** Where they begin in the text or caption, in UTF-16 code units. */
  offset: number;
  url: string;
};

export type Forwarded = {
  /** Who wrote it first, as far as the platform tells. */
  from: string | null;
  /** When it was first written. */
  at: string | null;
  /** Whether it was passed on many times. */
  frequently: boolean;
};

export type Story = {
  /** `reply`, `mention` or `share`. */
  kind: string;
  id: string | null;
  url: string | null;
};
