"""Every method that bots use, and the refusals that they meet, for libraries with typed methods."""
import json
import os
import re
import sys

SANDBOX, TOKEN = os.environ["SANDBOX"], os.environ["TOKEN"]
CHAT, GROUP = int(os.environ["CHAT"]), int(os.environ["GROUP"])
ALLOWED = json.loads(os.environ["ALLOWED"])
PHOTO = f"{SANDBOX}/samples/menu.png"


def say(line):
    print(json.dumps(line), flush=True)


def ready(what):
    """The runner plays the customer now; returns how many updates it made."""
    say({"ready": what})
    return int(sys.stdin.readline())


async def step(name, run, refused=None):
    """Runs one step: it must pass, or be refused with a text that fits."""
    try:
        result = await run()
        say({"step": name, "ok": refused is None, "detail": refused and "it was taken"})
        return result
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        say({"step": name, "ok": bool(refused and re.search(refused, text)), "detail": text[:600]})
        return None


def expect(holds, what):
    if not holds:
        raise AssertionError(f"expected {what}")


async def telegram_steps(bot, types, file):
    """`types` has the classes of the library, `file` makes an upload of it."""

    async def send(method, refused=None, /, **given):
        title = f"{method} refused: {refused}" if refused else method
        return await step(title, lambda: getattr(bot, method)(**given), refused)

    chat = {"chat_id": CHAT}
    text = await send("send_message", **chat, text=" plain  ")
    message = {**chat, "message_id": text and text.message_id}

    async def formatted(words, **more):
        sent = await bot.send_message(**chat, text=words, **more)
        expect(sent.entities and sent.entities[0].type == "bold", "entities")

    for mode, words in {
        "HTML": '<b>b</b> <span class="tg-spoiler">s</span> &#33;',
        "MarkdownV2": "*b* _i_ ||s|| `c` \\!",
        "Markdown": "*b* _i_ `c`",
    }.items():
        await step(f"formatted by {mode}", lambda: formatted(words, parse_mode=mode))
    bold = types.MessageEntity(type="bold", offset=0, length=2)
    await step("formatted by entities", lambda: formatted("hi", entities=[bold]))
    photo = await send("send_photo", **chat, photo=file(b"photo", "my photo (1).png"), caption="c")
    photo_id = photo and photo.photo[-1].file_id
    picture = {**chat, "message_id": photo and photo.message_id}
    await send("send_photo", **chat, photo=PHOTO)
    await send("send_photo", **chat, photo=photo_id)

    async def names():
        for name in ["my report.txt", "price (1).pdf", "été 価格.txt"]:
            sent = await bot.send_document(**chat, document=file(b"x", name))
            expect(sent.document.file_name == name, f"{name}, not {sent.document.file_name}")

    await step("file names as they are", names)

    async def video():
        sent = await bot.send_video(**chat, video=file(b"v", "a.mp4"), duration=61, width=1920, height=1080)
        expect(sent.video.width == 1920, "what was said")

    await step("what is said of a video", video)
    await send("send_audio", **chat, audio=file(b"a", "a.mp3"), title="Song", performer="Band")
    await send("send_voice", **chat, voice=file(b"v", "a.ogg"))
    await send("send_animation", **chat, animation=file(b"a", "a.gif"))
    await send("send_sticker", **chat, sticker=file(b"s", "a.webp"))
    await send("send_video_note", **chat, video_note=file(b"v", "a.mp4"))
    album = [types.InputMediaPhoto(media=PHOTO), types.InputMediaPhoto(media=PHOTO)]
    await send("send_media_group", **chat, media=album)
    place = {"latitude": 52.5, "longitude": 13.4}
    await send("send_location", **chat, **place)
    await send("send_venue", **chat, **place, title="Café", address="Main St 1")
    await send("send_contact", **chat, phone_number="+49170", first_name="Bob")
    await send("send_dice", **chat)
    options = [types.InputPollOption(text="red"), types.InputPollOption(text="blue")]
    poll = await send("send_poll", **chat, question="Which?", options=options)
    await send("stop_poll", **chat, message_id=poll and poll.message_id)
    price = types.LabeledPrice(label="a", amount=100)
    await send("send_invoice", **chat, title="Cup", description="Red", payload="p", currency="EUR", prices=[price])
    await send("send_paid_media", **chat, star_count=5, media=[types.InputPaidMediaPhoto(media=PHOTO)])
    await send("send_chat_action", **chat, action="typing")
    await send("set_message_reaction", **message, reaction=[types.ReactionTypeEmoji(emoji="👍")])

    async def quotation():
        reply = types.ReplyParameters(message_id=text.message_id, quote="lain")
        sent = await bot.send_message(**chat, text="x", reply_parameters=reply)
        expect(sent.quote and sent.quote.text == "lain", "the quotation")

    await step("quotation", quotation)

    def keyboard(data):
        button = types.InlineKeyboardButton(text="Yes", callback_data=data)
        return types.InlineKeyboardMarkup(inline_keyboard=[[button]])

    await send("edit_message_text", **message, text="changed", reply_markup=keyboard("y"))
    await send("edit_message_reply_markup", **message)
    await send("edit_message_caption", **picture, caption="other")
    await send("edit_message_media", **picture, media=types.InputMediaPhoto(media=PHOTO))
    one, many = {"message_id": message["message_id"]}, {"message_ids": [message["message_id"]]}
    await send("forward_message", **chat, from_chat_id=CHAT, **one)
    await send("forward_messages", **chat, from_chat_id=CHAT, **many)
    await send("copy_message", **chat, from_chat_id=CHAT, **one)
    await send("copy_messages", **chat, from_chat_id=CHAT, **many)
    await send("pin_chat_message", **message)
    await send("get_chat", **chat)
    await send("get_chat", chat_id=GROUP)
    await send("get_chat_member", chat_id=GROUP, user_id=CHAT)
    await send("get_chat_administrators", chat_id=GROUP)
    await send("get_chat_member_count", chat_id=GROUP)
    await send("unpin_chat_message", **chat)
    await send("delete_messages", **chat, **many)
    await send("get_user_profile_photos", user_id=CHAT)
    await send("get_file", file_id=photo_id)
    await send("set_my_commands", commands=[types.BotCommand(command="help", description="Helps")])

    async def commands():
        expect((await bot.get_my_commands())[0].command == "help", "the command")

    await step("commands are kept", commands)
    await send("delete_my_commands")
    for name in ["name", "description", "short_description"]:
        await send(f"set_my_{name}", **{name: "Cups"})
        await send(f"get_my_{name}")
    await send("set_chat_menu_button", **chat, menu_button=types.MenuButtonCommands())
    await send("get_chat_menu_button", **chat)
    await send("get_my_default_administrator_rights")
    await send("get_me")
    await send("get_webhook_info")
    await send("send_message", "(?i)chat not found", chat_id=99, text="x")
    await send("send_message", "(?i)message is too long", **chat, text="x" * 4097)
    await send("send_message", r"(?i)Character '\.' is reserved", **chat, text="a.b", parse_mode="MarkdownV2")
    await send("send_message", "(?i)Can't find end tag", **chat, text="<b>x", parse_mode="HTML")
    await send("send_message", "(?i)BUTTON_DATA_INVALID", **chat, text="x", reply_markup=keyboard("x" * 65))
    await send("send_chat_action", "(?i)wrong parameter action", **chat, action="dancing")
    await send("edit_message_reply_markup", **picture, reply_markup=keyboard("y"))
    await send("edit_message_reply_markup", "(?i)message is not modified", **picture, reply_markup=keyboard("y"))
    await send("create_forum_topic", "not available in this sandbox", **chat, name="x")
