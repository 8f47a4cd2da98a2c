import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A document, by its path in the checkout. */
export type Document = { path: string; text: string };

export function readDocument(path: string): Document {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

/** Every Markdown file that is written for people. */
export function allDocuments(): Document[] {
  const folders = ['docs', 'src', 'sandbox'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  );
  return [...readdirSync(ROOT), ...folders]
    .filter((path) => path.endsWith('.md'))
    .map(readDocument);
}

/** The first code block of a language. Throws when there is none. */
export function codeBlock(document: Document, language: string): string {
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(document.text)?.[1];
  if (block === undefined) throw new Error(`${document.path} has no block of ${language}`);
  return block;
}

/** The text without its code blocks. */
export function withoutCode({ text }: Document): string {
  return text.replace(/^```.*?^```/gms, '');
}

/** The rows of the first table under a heading, as cells without the marks of code. */
export function tableUnder(document: Document, heading: string): string[][] {
  const section = document.text.split(`\n${heading}\n`)[1]?.split(/\n#/)[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
  );
}
