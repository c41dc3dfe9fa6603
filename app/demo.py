"""`make demo`: two demo counsellors on duty and citizens who wait, on a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from actions.yamlfile import parse, read_yaml
from app.service import Service
from core.db.staff import PRESENT, StaffMember, find_staff_by_login, seen, set_duty
from core.ids import StaffId, new_id
from core.language import Language
from core.messages import ChannelName, InboundMessage
from core.permissions import Role

PASSWORD = "demo-demo-demo"  # noqa: S105 - printed on the screen, for a database that nobody real is in


class DemoCounsellor(BaseModel):
    """Somebody who is on duty in the demo."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    login: str
    name: str
    role: Role


class DemoCitizen(BaseModel):
    """Somebody who has written in the demo."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    language: Language
    says: tuple[str, ...]


class Demo(BaseModel):
    """What data/demo/demo.yml holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    counsellors: tuple[DemoCounsellor, ...]
    citizens: tuple[DemoCitizen, ...]


def load_demo(data: Path) -> Demo:
    """Return the people of the demo.

    Raises:
        ContentError: The file cannot be used.
    """
    return parse(read_yaml(data / "demo" / "demo.yml"), Demo)


@asynccontextmanager
async def start_demo(service: Service) -> AsyncIterator[list[str]]:
    """Put the demo's people in and keep its counsellors on duty; yield what to say about it."""
    demo = load_demo(service.settings.data)
    members = [await _counsellor(service, counsellor) for counsellor in demo.counsellors]
    for number, citizen in enumerate(demo.citizens):
        await _write(service, number, citizen)
    present = asyncio.create_task(_stay_present(service, [member.id for member in members]))
    names = ", ".join(counsellor.login for counsellor in demo.counsellors)
    try:
        yield [f"demo counsellors: {names} · password {PASSWORD}"]
    finally:
        present.cancel()
        await asyncio.gather(present, return_exceptions=True)


async def _counsellor(service: Service, counsellor: DemoCounsellor) -> StaffMember:
    async with service.database.read() as tx:
        known = await find_staff_by_login(tx, counsellor.login)
    if known is None:
        token, _ = await service.accounts.invite(counsellor.role, counsellor.name, None)
        signed_in = await service.accounts.join(token, login=counsellor.login, name=counsellor.name, password=PASSWORD)
        known = signed_in.member
    async with service.database.write() as tx:
        await set_duty(tx, known.id, on=True, now=service.clock.now())
    return known


async def _write(service: Service, number: int, citizen: DemoCitizen) -> None:
    """Say a demo citizen's sentences; a second start of the demo says them anew to the same conversation."""
    for text in citizen.says:
        received = await service.inbox.accept(
            InboundMessage(
                channel=ChannelName.TERMINAL,
                address=f"demo-{number}",
                provider_id=new_id(),
                text=text,
                language_hint=citizen.language,
            )
        )
        while await service.turns.take(received.conversation_id):
            pass


async def _stay_present(service: Service, staff_ids: list[StaffId]) -> None:
    while True:
        async with service.database.write() as tx:
            await seen(tx, staff_ids, service.clock.now())
        await asyncio.sleep(PRESENT.total_seconds() / 4)
