import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { allDocuments, ROOT, withoutCode, type Document } from './documents.ts';

const documents = allDocuments();

/** Targets of all links and pictures, without those that lead out of the checkout. */
function localLinks(document: Document): string[] {
  const links = withoutCode(document).matchAll(/\]\(([^)\s]+)\)/g);
  return [...links].map(([, target]) => target ?? '').filter((target) => !/^\w+:/.test(target));
}

/** The anchors of a Markdown file, as GitHub makes them of its headings. */
function anchorsOf(path: string): string[] {
  const text = withoutCode({ path, text: readFileSync(join(ROOT, path), 'utf8') });
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documents', () => {
  it.each(documents.map((document) => [document.path, document] as const))(
    '%s links to files and headings that exist',
    (path, document) => {
      const broken = localLinks(document).filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? path : normalize(join(dirname(path), file));
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !anchorsOf(target).includes(anchor);
      });
      expect(broken).toEqual([]);
    },
  );

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = '']) => ({
        path,
        name,
      })),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
  });
});
