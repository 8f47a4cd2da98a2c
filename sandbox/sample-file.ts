import { crc32, deflateSync } from 'node:zlib';

const WIDTH = 320;
const HEIGHT = 220;

/**
 * A file for any name: the same one each time. Pictures are real ones, so that the page can show
 * them; the rest is a few bytes of text.
 */
export function sampleFile(name: string): { type: string; bytes: Buffer } {
  const extension = /\.(\w+)$/.exec(name)?.[1] ?? 'png';
  const type = TYPES[extension] ?? 'application/octet-stream';
  if (type === 'image/png') return { type, bytes: picture(name) };
  return { type, bytes: Buffer.from(`A ${extension} file of the sandbox.\n`) };
}

const TYPES: Record<string, string> = {
  png: 'image/png',
  mp4: 'video/mp4',
  m4a: 'audio/mp4',
  pdf: 'application/pdf',
};

/** A soft colour gradient that depends on the name. */
function picture(name: string): Buffer {
  const [from, to] = [colour(crc32(name)), colour(crc32(`${name} `))];
  const rows = Buffer.alloc(HEIGHT * (1 + WIDTH * 3));
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++)
      for (let part = 0; part < 3; part++) {
        const mix = (x / WIDTH + y / HEIGHT) / 2;
        const value = (from[part] ?? 0) * (1 - mix) + (to[part] ?? 0) * mix;
        rows[y * (1 + WIDTH * 3) + 1 + x * 3 + part] = value;
      }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Light and clear, whatever the number. */
function colour(number: number): number[] {
  return [0, 8, 16].map((shift) => 110 + ((number >> shift) & 0x7f));
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'ascii'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
