/** A name of a part: quoted, or bare up to the next semicolon, as many clients write it. */
const PARAMETER = /;\s*([\w*-]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]*))/gs;
const BREAK = Buffer.from('\r\n');
const BLANK = Buffer.from('\r\n\r\n');

/**
 * Reads a `multipart/form-data` body as leniently as the platforms do, and not only what browsers
 * write: file names may be bare, hold spaces, brackets and any characters, be escaped with percent
 * signs, or come as `filename*` (RFC 5987). Undefined where the body is not one.
 */
export function parseMultipart(body: Buffer, contentType: string): FormData | undefined {
  const found = /boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) return undefined;
  const form = new FormData();
  const parts = split(Buffer.concat([BREAK, body]), Buffer.from(`\r\n--${boundary}`));
  if (!parts) return undefined;
  for (const part of parts) {
    const end = part.indexOf(BLANK);
    const headers = end === -1 ? null : readHeaders(part.subarray(0, end).toString('utf8'));
    if (!headers) return undefined;
    const { name, filename, type } = headers;
    const bytes = part.subarray(end + BLANK.length);
    if (filename === undefined) form.append(name, bytes.toString('utf8'));
    else form.append(name, new File([new Uint8Array(bytes)], filename, { type }));
  }
  return form;
}

/** What stands between the delimiters; undefined where the last one is missing. */
function split(body: Buffer, delimiter: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = [];
  let at = body.indexOf(delimiter);
  while (at !== -1) {
    const begin = at + delimiter.length;
    if (body.subarray(begin, begin + 2).toString('latin1') === '--') return parts;
    at = body.indexOf(delimiter, begin);
    // What follows the delimiter in its line is padding.
    if (at !== -1) parts.push(body.subarray(body.indexOf(BREAK, begin), at));
  }
  return undefined;
}

type Headers = { name: string; filename: string | undefined; type: string };

function readHeaders(text: string): Headers | null {
  const lines = new Map(
    text.split('\r\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]];
    }),
  );
  const values = new Map(
    [...(lines.get('content-disposition') ?? '').matchAll(PARAMETER)].map(
      ([, key = '', quoted, bare = '']): [string, string] => [
        key.toLowerCase(),
        quoted === undefined ? bare.trim() : quoted.replace(/\\(.)/gs, '$1'),
      ],
    ),
  );
  const name = values.get('name');
  const extended = values.get('filename*')?.replace(/^[\w-]*'[\w-]*'/, '');
  const filename = values.get('filename') ?? extended;
  if (name === undefined || name === '') return null;
  return {
    name: decoded(name),
    filename: filename === undefined ? undefined : decoded(filename),
    type: lines.get('content-type') ?? '',
  };
}

/** Percent signs that escape nothing stay as they are. */
function decoded(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
