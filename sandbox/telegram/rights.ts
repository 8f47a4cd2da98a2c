import type { Json } from './json.ts';
import type { Chat } from './state.ts';

/** Rights that an administrator of any chat has or has not; libraries require every one of them. */
const EVERYWHERE = [
  ...['can_manage_chat', 'can_change_info', 'can_delete_messages', 'can_invite_users'],
  ...['can_restrict_members', 'can_promote_members', 'can_manage_video_chats'],
  ...['can_post_stories', 'can_edit_stories', 'can_delete_stories', 'can_send_welcome_messages'],
];
const PERMISSIONS = [
  ...['can_send_messages', 'can_send_audios', 'can_send_documents', 'can_send_photos'],
  ...['can_send_videos', 'can_send_video_notes', 'can_send_voice_notes', 'can_send_polls'],
  ...['can_send_other_messages', 'can_add_web_page_previews', 'can_react_to_messages'],
  ...['can_edit_tag', 'can_change_info', 'can_invite_users', 'can_pin_messages'],
  'can_manage_topics',
];

function all(names: string[], value: boolean): Json {
  return Object.fromEntries(names.map((name) => [name, value]));
}

/** `ChatAdministratorRights`, all or none: https://core.telegram.org/bots/api#chatadministratorrights */
export function rightsJson(type: Chat['type'] | 'channel', granted: boolean): Json {
  const own = {
    private: [],
    group: ['can_pin_messages', 'can_manage_tags'],
    supergroup: ['can_pin_messages', 'can_manage_topics', 'can_manage_tags'],
    channel: ['can_post_messages', 'can_edit_messages', 'can_manage_direct_messages'],
  }[type];
  return { ...all([...EVERYWHERE, ...own], granted), is_anonymous: false };
}

/** `ChatPermissions` of a group that forbids nothing. */
export function permissionsJson(): Json {
  return all(PERMISSIONS, true);
}
