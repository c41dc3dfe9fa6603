"""Encryption at rest: nothing that people say or are called stands readable in the database or in its backups."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import column, select, table
from sqlalchemy.types import LargeBinary

from core.cases import CaseReason, Outcome
from core.clock import ManualClock
from core.conversation import AssessmentRecord
from core.crypto import KeyRing, WrongKeyError
from core.db import Database
from core.db.audit import AuditAction, record
from core.db.cases import add_note, add_person_message, claim_case, close_case
from core.db.conversations import get_conversation, staff_timeline
from core.db.inbox import find_conversation, receive
from core.db.outbox import heads, pass_fence, settle
from core.db.tables import metadata
from core.db.turns import CaseChange
from core.dialogue import AssessmentProgress, DialogueState, FlowPosition, GuideProgress, Profile
from core.messages import Button, ChannelName, DeliveryState, InboundMessage, Location, MessageKind
from core.risk import Level, Utterance
from tests.databases import Engine
from tests.doubles.stories import add_member, answer, case_of, guide, risk

SECRETS = {
    "words": "zebra-word-1 我把药都吃了",
    "button label": "zebra-label-2",
    "file": "zebra-file-3",
    "address": "zebra-chat-4",
    "update": "zebra-update-5",
    "contact": "zebra-contact-6 妈妈 13912345678",
    "answer": "zebra-answer-7",
    "flow variable": "zebra-variable-8",
    "item": "zebra-item-9",
    "note": "zebra-note-10",
    "closing note": "zebra-closing-11",
    "person": "zebra-person-12",
    "reply": "zebra-reply-13",
    "provider's id": "zebra-provider-14",
    "recent": "zebra-recent-15",
    "quote": "zebra-quote-16",
    "latitude": "31.23416",
}


async def live_through(database: Database, clock: ManualClock) -> None:
    """Let one conversation leave a trace in every table that keeps what people say."""
    message = InboundMessage(
        ChannelName.TELEGRAM,
        SECRETS["address"],
        SECRETS["update"],
        MessageKind.LOCATION,
        SECRETS["words"],
        file_id=SECRETS["file"],
        location=Location(float(SECRETS["latitude"]), 121.5),
    )
    received = await receive(database, message, clock.now())
    state = DialogueState(
        recent=(Utterance(by_citizen=True, text=SECRETS["recent"]),),
        flow=FlowPosition("sleep", "v1", "start", {"said": SECRETS["flow variable"]}),
        assessment=AssessmentProgress("phq9", "v1", (0, 3)),
        guide=GuideProgress(answers={"where": SECRETS["answer"]}),
    )
    await answer(
        database,
        clock,
        received.conversation_id,
        guide(SECRETS["reply"], buttons=(Button(SECRETS["button label"], "human"),)),
        triage=risk(Level.L3, SECRETS["quote"]),
        level=Level.L3,
        state=state,
        profile=Profile(emergency_contact=SECRETS["contact"]),
        records=(AssessmentRecord("phq9", "v1", True, 12, "", ((SECRETS["item"], "是", 3),), clock.now()),),
        case_change=CaseChange(open_for=CaseReason.RISK),
    )
    member = await add_member(database, clock)
    case = await case_of(database, received.conversation_id)
    async with database.write() as tx:
        [row] = await heads(tx, clock.now())
        await pass_fence(tx, row)
        ref = SECRETS["provider's id"]
        await settle(tx, row.message_id, DeliveryState.SENT, clock.now(), provider_ref=ref)
        case = await claim_case(tx, case.id, member.id, clock.now(), ())
        await add_person_message(tx, case, member.id, text=SECRETS["person"], client_id="client-1", now=clock.now())
        await add_note(tx, case.id, member.id, text=SECRETS["note"], client_id="note-0001", now=clock.now())
        await close_case(
            tx,
            case,
            member.id,
            clock.now(),
            outcome=Outcome.SUPPORTED,
            note=SECRETS["closing note"],
            state=state,
            replies=(),
        )
        await record(tx, AuditAction.CASE_CLOSE, clock.now(), staff_id=member.id, target=case.id)


def unread(raw: bytes) -> list[str]:
    """Return which secrets stand readable in some bytes, in UTF-8, UTF-16 or as JSON escapes."""
    forms = {
        name: [text.encode(), text.encode("utf-16-le"), text.encode("unicode_escape"), text.split()[0].encode()]
        for name, text in SECRETS.items()
    }
    return [name for name, pieces in forms.items() if any(piece in raw for piece in pieces)]


async def test_nothing_that_people_say_stands_in_any_row(database: Database, clock: ManualClock) -> None:
    await live_through(database, clock)
    async with database.read() as tx:
        for kept in metadata.sorted_tables:
            names = [one.name for one in kept.columns]
            plain = table(kept.name, *(column(name) for name in names))  # no types: as the engine gives it
            for row in await tx.execute(select(plain)):
                raw = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
                assert unread(raw) == [], kept.name


def everything_in(folder: Path) -> bytes:
    """Return all files of a folder as one."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_nothing_that_people_say_stands_in_the_files(tmp_path: Path, clock: ManualClock) -> None:
    file = tmp_path / "own.db"
    database = Database(f"sqlite+aiosqlite:///{file}", KeyRing.generate())
    await database.open()
    await live_through(database, clock)
    before = everything_in(tmp_path)  # with the write-ahead log
    await database.close()
    assert len(before) > 100_000
    assert unread(before + everything_in(tmp_path)) == []


async def test_the_same_words_are_never_the_same_bytes(database: Database, clock: ManualClock) -> None:
    for number in range(2):
        await receive(database, InboundMessage(ChannelName.WEB, "a", str(number), text="一样的话"), clock.now())
    texts = table("messages", column("text", LargeBinary))
    async with database.read() as tx:
        stored = [bytes(row.text) for row in await tx.execute(select(texts))]
    assert len(set(stored)) == 2


async def test_wrong_key_file_stops_the_start(engine: Engine) -> None:
    await engine.connect()
    with pytest.raises(WrongKeyError):
        await engine.connect(KeyRing.generate())


async def test_rotation_reads_the_old_and_writes_with_the_new(tmp_path: Path, clock: ManualClock) -> None:
    old, new = Fernet.generate_key(), Fernet.generate_key()
    url = f"sqlite+aiosqlite:///{tmp_path / 'rotated.db'}"
    first = Database(url, KeyRing([old]))
    await first.open()
    message = InboundMessage(ChannelName.WEB, "somebody", "1", text="以前说的")
    received = await receive(first, message, clock.now())
    await first.close()

    rotated = Database(url, KeyRing([new, old]))
    await rotated.open()
    assert (await receive(rotated, message, clock.now())).repeated  # look-ups outlive a rotation
    await receive(rotated, replace(message, provider_id="2", text="现在说的"), clock.now())
    async with rotated.read() as tx:
        assert await find_conversation(rotated, tx, "web", "somebody") == received.conversation_id
        assert (await get_conversation(tx, received.conversation_id)).address == "somebody"
        texts = [message.text for message in await staff_timeline(tx, received.conversation_id)]
        rows = (await tx.execute(select(table("messages", column("text"))))).all()
    await rotated.close()
    assert texts == ["以前说的", "现在说的"]
    readable = {Fernet(new).decrypt(bytes(row.text)).decode() for row in rows[1:]}
    assert readable == {"现在说的"}


async def test_a_key_that_is_taken_away_is_missed(tmp_path: Path) -> None:
    old, new = Fernet.generate_key(), Fernet.generate_key()
    url = f"sqlite+aiosqlite:///{tmp_path / 'rotated.db'}"
    first = Database(url, KeyRing([old]))
    await first.open()
    await first.close()
    second = Database(url, KeyRing([new]))
    with pytest.raises(WrongKeyError, match="key file"):
        await second.open()
    await second.close()
