/**
 * Methods that the Bot API has and the sandbox has not, in lower case:
 * https://core.telegram.org/bots/api#available-methods
 */
const KNOWN = new Set(
  `
    addStickerToSet answerGuestQuery answerWebAppQuery approveChatJoinRequest approveSuggestedPost
    banChatMember banChatSenderChat closeForumTopic closeGeneralForumTopic convertGiftToStars
    createChatInviteLink createChatSubscriptionInviteLink createForumTopic createNewStickerSet
    declineChatJoinRequest declineSuggestedPost deleteAllMessageReactions deleteBusinessMessages
    deleteChatPhoto deleteChatStickerSet deleteForumTopic deleteMessageReaction
    deleteStickerFromSet deleteStickerSet deleteStory editChatInviteLink
    editChatSubscriptionInviteLink editForumTopic editGeneralForumTopic editMessageChecklist
    editStory editUserStarSubscription exportChatInviteLink getAvailableGifts
    getBusinessAccountGifts getBusinessAccountStarBalance getBusinessConnection getChatGifts
    getCustomEmojiStickers getForumTopicIconStickers getGameHighScores getManagedBotAccessSettings
    getManagedBotToken getMyStarBalance getStarTransactions getStickerSet getUserChatBoosts
    getUserGifts getUserPersonalChatMessages getUserProfileAudios giftPremiumSubscription
    hideGeneralForumTopic postStory promoteChatMember readBusinessMessage refundStarPayment
    removeBusinessAccountProfilePhoto removeChatVerification removeMyProfilePhoto
    removeUserVerification reopenForumTopic reopenGeneralForumTopic replaceManagedBotToken
    replaceStickerInSet repostStory restrictChatMember revokeChatInviteLink
    savePreparedInlineMessage savePreparedKeyboardButton sendChecklist sendGame sendGift
    sendLivePhoto sendMessageDraft setBusinessAccountBio setBusinessAccountGiftSettings
    setBusinessAccountName setBusinessAccountProfilePhoto setBusinessAccountUsername
    setChatAdministratorCustomTitle setChatDescription setChatMemberTag setChatPermissions
    setChatPhoto setChatStickerSet setChatTitle setCustomEmojiStickerSetThumbnail setGameScore
    setManagedBotAccessSettings setMyProfilePhoto setPassportDataErrors setStickerEmojiList
    setStickerKeywords setStickerMaskPosition setStickerPositionInSet setStickerSetThumbnail
    setStickerSetTitle setUserEmojiStatus transferBusinessAccountStars transferGift
    unbanChatMember unbanChatSenderChat unhideGeneralForumTopic unpinAllForumTopicMessages
    unpinAllGeneralForumTopicMessages upgradeGift uploadStickerFile verifyChat verifyUser
    answerChatJoinRequestQuery deleteEphemeralMessage editEphemeralMessageCaption
    editEphemeralMessageMedia editEphemeralMessageReplyMarkup editEphemeralMessageText
    sendChatJoinRequestWebApp sendRichMessage sendRichMessageDraft
    getChatMembersCount kickChatMember setStickerSetThumb
`
    .trim()
    .toLowerCase()
    .split(/\s+/),
);

/** Whether the Bot API has a method of this name, in any case. */
export function isKnownMethod(name: string): boolean {
  return KNOWN.has(name.toLowerCase());
}
