import asyncio
import logging

from aiogram import Bot, Dispatcher, F, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BufferedInputFile
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from telegram_steps import ALLOWED, SANDBOX, TOKEN, ready, step, telegram_steps

logging.getLogger().setLevel(logging.CRITICAL)


def new_bot():
    server = TelegramAPIServer.from_base(f"{SANDBOX}/telegram")
    return Bot(TOKEN, session=AiohttpSession(api=server))


def dispatcher():
    made, seen = Dispatcher(), []

    @made.update.outer_middleware()
    async def note(handler, event, data):
        seen.append(event)
        return await handler(event, data)

    @made.message(F.text == "ping")
    async def answer(message):
        await message.answer("pong")

    return made, seen


async def polling():
    bot, (made, seen) = new_bot(), dispatcher()
    running = asyncio.create_task(
        made.start_polling(bot, allowed_updates=ALLOWED, handle_signals=False)
    )
    count = await asyncio.to_thread(ready, "polling")
    await made.stop_polling()
    await running
    if len(seen) < count:
        raise AssertionError(f"{len(seen)} of {count} updates")


async def webhook():
    bot, (made, _) = new_bot(), dispatcher()
    app = web.Application()
    SimpleRequestHandler(made, bot, secret_token="s").register(app, path="/hook")
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="s")
    await asyncio.to_thread(ready, "webhook")
    await runner.cleanup()
    await bot.session.close()


async def main():
    bot = new_bot()
    await telegram_steps(bot, types, lambda content, name: BufferedInputFile(content, filename=name))
    await bot.session.close()
    await step("polling", polling)
    await step("webhook", webhook)


asyncio.run(main())
