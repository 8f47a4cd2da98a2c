import type { Ctx } from '../http.ts';
import { parameter, pickFields } from '../meta/tokens.ts';
import type { Waba } from './state.ts';
import { withExamples } from './template-examples.ts';
import type { Template } from './templates.ts';

/** What is shown without `fields`. */
const USUAL = 'name,parameter_format,components,language,status,category';

/** `GET /{waba id}/message_templates`: pages of `limit`; `after` is the id of the last one before. */
export function listTemplates({ templates }: Waba, ctx: Ctx): object {
  const asked = (name: string) => parameter(ctx, name);
  const fits = (template: Template) =>
    (['name', 'language', 'status', 'category'] as const).every((member) => {
      const wanted = asked(member);
      return wanted === undefined || wanted.split(',').includes(template[member]);
    });
  const found = templates.filter(fits);
  const begin = found.findIndex(({ id }) => id === asked('after')) + 1;
  const limit = Number(asked('limit') ?? 25) || 25;
  const page = found.slice(begin, begin + limit);
  const more = begin + limit < found.length;
  const cursors = { before: page[0]?.id ?? '', after: page.at(-1)?.id ?? '' };
  const next = new URL(`${ctx.protocol}://${ctx.host}${ctx.path}`);
  const fields = asked('fields');
  next.search = new URLSearchParams({
    ...{ limit: String(limit), after: cursors.after },
    ...(fields !== undefined && { fields }),
  }).toString();
  return {
    data: page.map((template) => pickFields(describe(template), ctx, USUAL)),
    paging: { cursors, ...(more && { next: next.href }) },
    ...summaryOf(templates.length, asked('summary')),
  };
}

/** Most templates that a business may have. */
const MAX_TEMPLATES = 6000;

/** The counts that were asked for. */
function summaryOf(count: number, asked: string | undefined): object {
  if (asked === undefined) return {};
  const all: Record<string, unknown> = {
    ...{ total_count: count, message_template_count: count },
    ...{ message_template_limit: MAX_TEMPLATES, are_translations_complete: true },
  };
  const names = asked.split(',');
  return {
    summary: Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))),
  };
}

/** Placeholders are counted, or named: a template has them of one kind only. */
function describe({ id, ...template }: Template): Record<string, unknown> {
  const named = template.components.some(({ text }) => /\{\{\s*[a-z_]/i.test(text ?? ''));
  return {
    ...template,
    parameter_format: named ? 'NAMED' : 'POSITIONAL',
    components: template.components.map(withExamples),
    id,
  };
}
