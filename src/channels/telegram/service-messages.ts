/** What a chat says of itself in the form of a message; nobody wrote it. */
const SERVICE = new Set(
  (
    'new_chat_members left_chat_member chat_owner_left chat_owner_changed new_chat_title ' +
    'new_chat_photo delete_chat_photo group_chat_created supergroup_chat_created ' +
    'channel_chat_created message_auto_delete_timer_changed pinned_message ' +
    'community_chat_added community_chat_removed community_chat_joined managed_bot_created ' +
    'poll_option_added poll_option_deleted checklist_tasks_done checklist_tasks_added ' +
    'connected_website write_access_allowed proximity_alert_triggered boost_added ' +
    'chat_background_set forum_topic_created forum_topic_edited forum_topic_closed ' +
    'forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden ' +
    'giveaway_created giveaway_completed paid_message_price_changed ' +
    'direct_message_price_changed suggested_post_approved suggested_post_approval_failed ' +
    'suggested_post_declined suggested_post_paid suggested_post_refunded refunded_payment ' +
    'video_chat_scheduled video_chat_started video_chat_ended video_chat_participants_invited'
  ).split(' '),
);

/**
 * Whether the message is one of these. A kind that Telegram will invent is not: it becomes an
 * unsupported message, which is better than losing one.
 */
export function isService(message: Record<string, unknown>): boolean {
  return message['text'] === undefined && Object.keys(message).some((name) => SERVICE.has(name));
}
