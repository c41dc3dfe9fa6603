"""Telegram, over python-telegram-bot: the only package that imports it."""

from bot.channels.telegram.channel import ChannelState, Mode, Pace, TelegramChannel
from bot.channels.telegram.commands import Command, load_commands
from bot.channels.telegram.logs import silence_token_logs

__all__ = [
    "ChannelState",
    "Command",
    "Mode",
    "Pace",
    "TelegramChannel",
    "load_commands",
    "silence_token_logs",
]
