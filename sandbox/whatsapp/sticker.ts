const KB = 1024;
const MAX_STILL = 100 * KB;
const MAX_ANIMATED = 500 * KB;
/** Pixels of each side. */
const SIDE = 512;

/**
 * Null where the platform takes the bytes as a sticker, otherwise why not: a WebP of 512 × 512
 * pixels, of 100 KB, or 500 KB where it moves.
 */
export function refuseSticker(bytes: Buffer): string | null {
  const header = readWebp(bytes);
  if (!header) return 'The file is not a WebP picture, as a sticker must be.';
  if (header.width !== SIDE || header.height !== SIDE)
    return `A sticker has ${SIDE} × ${SIDE} pixels, not ${header.width} × ${header.height}.`;
  const limit = header.animated ? MAX_ANIMATED : MAX_STILL;
  return bytes.length > limit ? `The file is too large for sticker: over ${limit / KB} KB.` : null;
}

type Header = { width: number; height: number; animated: boolean };

/** The first chunk of a WebP: https://developers.google.com/speed/webp/docs/riff_container */
function readWebp(bytes: Buffer): Header | null {
  const text = (from: number, to: number) => bytes.subarray(from, to).toString('latin1');
  if (bytes.length < 30 || text(0, 4) !== 'RIFF' || text(8, 12) !== 'WEBP') return null;
  switch (text(12, 16)) {
    case 'VP8X':
      return {
        width: bytes.readUIntLE(24, 3) + 1,
        height: bytes.readUIntLE(27, 3) + 1,
        animated: ((bytes[20] ?? 0) & 0b10) !== 0,
      };
    case 'VP8 ':
      return {
        width: bytes.readUInt16LE(26) & 0x3f_ff,
        height: bytes.readUInt16LE(28) & 0x3f_ff,
        animated: false,
      };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3f_ff) + 1, height: ((bits >> 14) & 0x3f_ff) + 1, animated: false };
    }
    default:
      return null;
  }
}
