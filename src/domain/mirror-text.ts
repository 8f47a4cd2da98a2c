/** What is told of a message where only a text can be. */
export type MirroredContent = {
  /** `text`, `image`, `location`, …: any kind of message that there is or will be. */
  type: string;
  /** Its text, or the caption of a picture. */
  text: string | null;
  /** The customer took it back before it was copied. */
  deleted: boolean;
};

/** The text of a message for the CRM's own table: its words, else what kind of thing it was. */
export function mirrorText({ type, text, deleted }: MirroredContent): string {
  if (deleted) return '[deleted]';
  if (text !== null && text !== '') return text;
  return `[${type}]`;
}
