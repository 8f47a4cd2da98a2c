import asyncio
import logging
import socket

import telegram
from telegram import InputFile, Update
from telegram.ext import Application, MessageHandler, TypeHandler, filters
from telegram_steps import ALLOWED, SANDBOX, TOKEN, ready, step, telegram_steps

logging.getLogger().setLevel(logging.CRITICAL)


def application():
    """The token is put right behind `bot`, so there is no slash at the end."""
    builder = Application.builder().token(TOKEN)
    builder = builder.base_url(f"{SANDBOX}/telegram/bot").base_file_url(f"{SANDBOX}/telegram/file/bot")
    app, seen = builder.build(), []

    async def note(update, _context):
        seen.append(update)

    async def answer(update, _context):
        if update.message:
            await update.message.reply_text("pong")

    app.add_handler(TypeHandler(Update, note), group=-1)
    app.add_handler(MessageHandler(filters.Regex("^ping$"), answer))
    return app, seen


async def serve(start, what):
    app, seen = application()
    await app.initialize()
    await start(app.updater)
    await app.start()
    made = await asyncio.to_thread(ready, what)
    await app.updater.stop()
    await app.stop()
    await app.shutdown()
    if len(seen) < made:
        raise AssertionError(f"{len(seen)} of {made} updates")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def main():
    app, _ = application()
    async with app.bot:
        file = lambda content, name: InputFile(content, filename=name)
        await telegram_steps(app.bot, telegram, file)
    await step("polling", lambda: serve(lambda updater: updater.start_polling(allowed_updates=ALLOWED), "polling"))
    port = free_port()
    hook = dict(listen="127.0.0.1", port=port, url_path="hook", secret_token="s", webhook_url=f"http://127.0.0.1:{port}/hook")
    await step("webhook", lambda: serve(lambda updater: updater.start_webhook(**hook), "webhook"))


asyncio.run(main())
