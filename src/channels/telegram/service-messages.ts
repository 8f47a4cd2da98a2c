/**
 * What a chat says of itself in the form of a message: who is in it, how it looks, what is pinned.
 * Nobody wrote it to the bot, and there is nothing to answer.
 */
const SERVICE = names(
  'new_chat_members left_chat_member chat_owner_left chat_owner_changed new_chat_title ' +
    'new_chat_photo delete_chat_photo group_chat_created supergroup_chat_created ' +
    'channel_chat_created message_auto_delete_timer_changed pinned_message ' +
    'community_chat_added community_chat_removed community_chat_joined managed_bot_created ' +
    'proximity_alert_triggered boost_added chat_background_set ' +
    'forum_topic_created forum_topic_edited forum_topic_closed forum_topic_reopened ' +
    'general_forum_topic_hidden general_forum_topic_unhidden giveaway_created ' +
    'giveaway_completed paid_message_price_changed direct_message_price_changed ' +
    'video_chat_scheduled video_chat_started video_chat_ended video_chat_participants_invited ' +
    // The same before Bot API 6.0 and 2.0.
    'voice_chat_scheduled voice_chat_started voice_chat_ended voice_chat_participants_invited ' +
    'new_chat_participant new_chat_member left_chat_participant',
);

/**
 * What somebody did towards the bot or the channel, told in the same form: money came or went back,
 * a task was ticked, an address was confirmed. Kept as a message, though nobody wrote it.
 */
const DONE = names(
  'refunded_payment suggested_post_approved suggested_post_approval_failed ' +
    'suggested_post_declined suggested_post_paid suggested_post_refunded checklist_tasks_done ' +
    'checklist_tasks_added poll_option_added poll_option_deleted connected_website ' +
    'write_access_allowed',
);

function names(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}

type Raw = Record<string, unknown>;

/**
 * Whether the message is only the chat's word of itself. A kind that Telegram will invent is not: it
 * becomes an unsupported message, which is better than losing one.
 */
export function isService(message: Raw): boolean {
  return message['text'] === undefined && Object.keys(message).some((name) => SERVICE.has(name));
}

/** Whether it tells of something that was done, which an answer by a machine would not fit. */
export function isOfDeed(message: Raw): boolean {
  return Object.keys(message).some((name) => DONE.has(name));
}
