import type { ChannelAccount, Template } from '../channel.ts';
import { ask, read } from './calls.ts';
import type { WhatsAppCalls } from './calls.ts';
import { graphUrl, TemplateIn, TemplatesAnswer } from './schema.ts';

const PAGE_SIZE = 100;
/** Meta allows a Business account 6000 templates at most. */
const MAX_PAGES = 60;

/**
 * The approved templates of the WhatsApp Business account: `GET /{WABA_ID}/message_templates`, all
 * pages. One that cannot be read is passed over. Throws {@link ChannelError}.
 */
export async function listTemplates(
  calls: WhatsAppCalls,
  account: ChannelAccount,
): Promise<Template[]> {
  const templates: Template[] = [];
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await askPage(calls, account, after);
    templates.push(...answer.data.flatMap(toTemplate));
    // Not the address in `paging.next`: it carries the token, and it may lead anywhere.
    const next = answer.paging?.next ? answer.paging.cursors?.after : null;
    if (!next || next === after) break;
    after = next;
  }
  return templates.filter(({ status }) => status === 'APPROVED');
}

async function askPage(calls: WhatsAppCalls, account: ChannelAccount, after: string | null) {
  const url = graphUrl(
    calls.apiUrl,
    `${encodeURIComponent(account.details['waba_id'] ?? '')}/message_templates`,
    {
      fields: 'name,language,status,category,components',
      limit: String(PAGE_SIZE),
      ...(after === null ? {} : { after }),
    },
  );
  return read(TemplatesAnswer, await ask(calls, account, { method: 'GET', url }));
}

function toTemplate(raw: unknown): Template[] {
  const parsed = TemplateIn.safeParse(raw);
  if (!parsed.success) return [];
  const { name, language, status, category, components } = parsed.data;
  return [{ name, language, status, category: category ?? null, components: components ?? [] }];
}
