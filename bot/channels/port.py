"""What a channel and the bot behind it promise each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.errors import XinqiaoError
from core.language import Language
from core.messages import Button, ChannelName, InboundMessage


class DeliveryError(XinqiaoError):
    """A message could not be handed to the provider."""

    code = "delivery"


class Undeliverable(DeliveryError):  # noqa: N818 - named for how the row is settled
    """The provider refuses this message for good: the bot is blocked, the chat is gone, the text is rejected.

    `data["reason"]` is one of `blocked`, `gone` and `rejected`.
    """

    code = "undeliverable"


class RetryLater(DeliveryError):  # noqa: N818 - named for how the row is settled
    """The message certainly did not arrive and may be sent again.

    Args:
        seconds: How long to wait at least; the provider's own figure where it gives one.
    """

    code = "retry_later"

    def __init__(self, message: str = "", *, seconds: float, **data: object) -> None:
        """Keep the pause beside the sentence."""
        super().__init__(message, seconds=seconds, **data)
        self.seconds = seconds


class Uncertain(DeliveryError):  # noqa: N818 - named for how the row is settled
    """The request may have arrived: it went out, and no answer came back."""

    code = "uncertain"


@dataclass(frozen=True, slots=True)
class Outbound:
    """One bubble on its way to a citizen.

    Attributes:
        message_id: The row's own id; a repeat of a partly sent message goes on where it stopped.
        address: The provider's name of the conversation; personal data.
        text: What is read; plain text of any length.
        buttons: Shown below the text, one a row.
        pinned: The crisis card, which a channel that can do so quietly keeps on top.
        language: The language of the text.
    """

    message_id: str
    address: str
    text: str
    buttons: tuple[Button, ...] = ()
    pinned: bool = False
    language: Language = Language.ZH


class Inbox(Protocol):
    """Where a channel leaves what citizens write."""

    async def receive(self, message: InboundMessage) -> None:
        """Return only once the message is committed.

        A repeated `(channel, provider_id)` is stored once and is no error.

        Raises:
            Exception: When it could not be committed; the provider must then not be told that it was received.
        """


class Channel(Protocol):
    """A way to citizens and back."""

    @property
    def name(self) -> ChannelName:
        """Return which channel this is."""

    async def deliver(self, message: Outbound) -> str:
        """Send a message and return the provider's id of it.

        Raises:
            Undeliverable: It is refused for good.
            RetryLater: It did not arrive and may be repeated.
            Uncertain: It may have arrived.
        """

    async def typing(self, address: str) -> None:
        """Show that an answer is being written; never raises, a lost sign is no loss."""

    async def start(self) -> None:
        """Begin to receive, in the background; returns at once, whether the provider answers or not."""

    async def stop(self) -> None:
        """Stop receiving and let go of connections."""
