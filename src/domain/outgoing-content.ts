/** Kinds of media that a message may carry. */
export const MEDIA_TYPES = ['image', 'video', 'audio', 'document'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** A file by its public address, or by the platform's own handle: one of the two is given. */
export type MediaContent = {
  type: MediaType;
  url: string | null;
  mediaId: string | null;
  caption: string | null;
  fileName: string | null;
  /** As far as the CRM tells them; a platform's limits are checked against them beforehand. */
  mimeType: string | null;
  sizeBytes: number | null;
};

/** A message that the platform has approved beforehand, with values for its placeholders. */
export type TemplateContent = {
  type: 'template';
  name: string;
  language: string;
  /** In the platform's own form; passed on as they are. */
  components: unknown[];
};

/**
 * What the CRM sends. `reaction` and `edit` act upon an earlier message, which the message's
 * `refersTo` names; a reaction without an emoji takes the earlier one back. `caption`: what is edited
 * went out as a file, so that its caption is what changes.
 */
export type OutgoingContent =
  | { type: 'text'; text: string }
  | MediaContent
  | TemplateContent
  | { type: 'reaction'; emoji: string | null }
  | { type: 'edit'; text: string; caption?: boolean };

/** The words of a message, as the chat's history and a mirror show them; null where it has none. */
export function textOf(content: OutgoingContent): string | null {
  switch (content.type) {
    case 'text':
    case 'edit':
      return content.text;
    case 'template':
      return null;
    case 'reaction':
      return content.emoji;
    default:
      return content.caption;
  }
}

/** Whether it changes an earlier message instead of being one of its own. */
export function actsUponAnother(content: { type: string }): boolean {
  return content.type === 'reaction' || content.type === 'edit';
}

/**
 * An edit as the platform is asked for it: one of a file changes its caption, for which there may be
 * another call and limit. `sentAs`: the type that the edited message went out as.
 */
export function asEditOf(content: OutgoingContent, sentAs: string | null): OutgoingContent {
  const isFile = MEDIA_TYPES.some((type) => type === sentAs);
  return content.type === 'edit' && isFile ? { ...content, caption: true } : content;
}
