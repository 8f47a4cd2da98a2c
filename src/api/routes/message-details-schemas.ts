import { z } from 'zod';
import type { MessageDetails } from '../../domain/message-details.ts';
import { Timestamp } from './common-schemas.ts';

/** What a message carries beside its text and its files: the same members in events and history. */

const word = z.string().nullable();
const about = (description: string) => word.meta({ description });

const Product = z
  .object({
    catalog_id: about('The catalogue that has it.'),
    product_id: about('Its id in the catalogue, as the business gave it.'),
    title: word,
    url: word,
  })
  .meta({ id: 'MessageProduct', description: 'A product that the message asks about or shares.' });

const Referral = z
  .object({
    source: about("`ad`, `post`, `link`, `product`, or the platform's own word in lower case."),
    source_id: about('The ad, post or product.'),
    ref: about('What the business wrote into its link or ad.'),
    click_id: about('By which an ad network counts the click.'),
    headline: word,
    body: word,
    url: word,
    media_url: about('The picture or film of the ad; most platforms let it expire.'),
    product: Product.nullable(),
  })
  .meta({
    id: 'MessageReferral',
    description: 'What brought the customer here: an ad, a post, a link, a product.',
  });

const Order = z
  .object({
    catalog_id: word,
    items: z.array(
      z
        .object({
          product_id: word,
          quantity: z.number().nullable(),
          price: about('Of one piece, a decimal number.'),
          currency: about('ISO 4217.'),
        })
        .meta({ id: 'MessageOrderItem' }),
    ),
  })
  .meta({ id: 'MessageOrder', description: 'What the customer ordered from a catalogue.' });

const Payment = z
  .object({
    amount: about('A decimal number in whole units of `currency`.'),
    currency: about("ISO 4217, or the platform's own currency."),
    amount_minor: z.int().nullable().meta({
      description: 'The same amount in the smallest unit, as the platform counts it.',
    }),
    payload: about('What the business gave the invoice, to find it again.'),
    platform_charge_id: word,
    provider_charge_id: word,
    status: word,
  })
  .meta({ id: 'MessagePayment', description: 'What the customer paid.' });

const ContactCard = z
  .object({
    name: word,
    first_name: word,
    last_name: word,
    company: word,
    department: word,
    job_title: word,
    birthday: word,
    phones: z.array(
      z.object({ number: word, type: word, platform_id: word }).meta({ id: 'ContactCardPhone' }),
    ),
    emails: z.array(z.object({ email: z.string(), type: word }).meta({ id: 'ContactCardEmail' })),
    urls: z.array(z.object({ url: z.string(), type: word }).meta({ id: 'ContactCardUrl' })),
    addresses: z.array(
      z
        .object({ street: word, city: word, state: word, zip: word, country: word, type: word })
        .meta({ id: 'ContactCardAddress' }),
    ),
    platform_id: about("The platform's id of the person on the card."),
    vcard: word,
  })
  .meta({ id: 'ContactCard', description: 'A contact card, whole.' });

const Poll = z
  .object({
    id: word,
    question: z.string(),
    options: z.array(
      z.object({ text: z.string(), votes: z.int().nullable() }).meta({ id: 'MessagePollOption' }),
    ),
    closed: z.boolean().nullable(),
    multiple_answers: z.boolean().nullable(),
  })
  .meta({ id: 'MessagePoll' });

const Location = z
  .object({
    latitude: z.number(),
    longitude: z.number(),
    name: word,
    address: word,
    url: word,
  })
  .meta({ id: 'MessageLocation' });

const Answer = z
  .object({
    kind: z.string().meta({
      description:
        '`button`, `quick_reply`, `list`, `form`, `call_permission`, `users_shared`, ' +
        '`chat_shared`, or a name that only the platform knows.',
    }),
    title: word,
    description: word,
    payload: about(
      'What the business gave the button, row or form; of a form its answers as JSON.',
    ),
  })
  .meta({ id: 'MessageAnswer', description: 'What was chosen or filled in.' });

const MiniApp = z
  .object({ data: z.string(), button_text: word })
  .meta({ id: 'MessageMiniApp', description: 'What a Mini App sent.' });

const Link = z
  .object({
    text: z.string().meta({ description: 'The words that the address stands behind.' }),
    offset: z.int().min(0).meta({
      description: 'Where they begin in the text or caption, in UTF-16 code units.',
    }),
    url: z.string(),
  })
  .meta({ id: 'MessageLink' });

const Forwarded = z
  .object({
    from: about('Who wrote it first, as far as the platform tells.'),
    at: Timestamp.nullable().meta({ description: 'When it was first written.' }),
    frequently: z.boolean().meta({ description: 'Whether it was passed on many times.' }),
  })
  .meta({ id: 'MessageForwarded', description: 'The customer passed it on.' });

const Story = z
  .object({
    kind: z.string().meta({ description: '`reply`, `mention` or `share`.' }),
    id: word,
    url: about('Most platforms let it expire.'),
  })
  .meta({ id: 'MessageStory', description: 'The story that is answered, mentioned or shared.' });

const Unsupported = z
  .object({
    code: about("The platform's own code, or its name of the kind."),
    reason: about("The platform's own words."),
  })
  .meta({ id: 'MessageUnsupported', description: 'Why there is no content to be shown.' });

const PlatformData = z
  .object({
    content: z.record(z.string(), z.unknown()),
    truncated: z.boolean().meta({ description: 'Something had to be left out.' }),
  })
  .meta({
    id: 'PlatformData',
    description:
      "What the platform sent inside the message and no other member holds, in the platform's own " +
      'form: at most 16 KB. Its members may change with the platform.',
  });

/**
 * Members of the events that tell what a message says, and of the history; absent where there is
 * nothing.
 */
export const messageDetails = {
  referral: Referral.optional(),
  order: Order.optional(),
  product: Product.optional(),
  payment: Payment.optional(),
  contacts: z.array(ContactCard).optional(),
  poll: Poll.optional(),
  location: Location.optional(),
  answer: Answer.optional(),
  mini_app: MiniApp.optional(),
  links: z.array(Link).optional().meta({
    description: 'Addresses that stand behind words of the text or caption.',
  }),
  forwarded: Forwarded.optional(),
  story: Story.optional(),
  unsupported: Unsupported.optional(),
  standby: z.literal(true).optional().meta({
    description: 'Another app holds the thread, so that the platform may refuse an answer.',
  }),
  platform_data: PlatformData.optional(),
} satisfies Record<keyof MessageDetails, z.ZodType>;

export const referralExample: z.output<typeof Referral> = {
  source: 'ad',
  source_id: '120200000000009',
  ref: 'spring',
  click_id: 'ARAkLkA8rmlFeiCktEJQ',
  headline: 'Chat with us',
  body: 'Everything for spring',
  url: 'https://fb.me/1aBcDeFgH',
  media_url: null,
  product: null,
};
