"""The key file: made once, for its owner's eyes only, and missed aloud when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from core.crypto import KeyRing, WrongKeyError, open_key_file
from core.errors import SettingsError


def test_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "keys"
    token = open_key_file(path).encrypt("心里的事")
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_key_file(path).decrypt(token) == "心里的事"
    assert len(path.read_bytes().split()) == 1


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o601])
def test_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys"
    open_key_file(path)
    path.chmod(mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        open_key_file(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"not a key\n", b"abc=\n"])
def test_key_file_without_a_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError):
        open_key_file(path)
    assert path.read_bytes() == content


def test_newest_key_writes_and_every_key_reads(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old = open_key_file(path)
    token, hash_ = old.encrypt("以前"), old.lookup("address", "chat-1")
    new_key = Fernet.generate_key()
    path.write_bytes(new_key + b"\n" + path.read_bytes())
    path.chmod(0o600)
    rotated = open_key_file(path)
    assert rotated.decrypt(token) == "以前"
    assert rotated.lookup("address", "chat-1") == hash_
    assert KeyRing([new_key]).decrypt(rotated.encrypt("现在")) == "现在"
    with pytest.raises(WrongKeyError):
        old.decrypt(rotated.encrypt("现在"))


def test_look_up_tells_purposes_and_key_rings_apart() -> None:
    ring = KeyRing.generate()
    assert ring.lookup("address", "1") == ring.lookup("address", "1")
    assert ring.lookup("address", "1") != ring.lookup("update", "1")
    assert ring.lookup("address", "1") != KeyRing.generate().lookup("address", "1")
    assert len(ring.lookup("address", "x" * 1000)) == 64


@pytest.mark.parametrize("text", ["", "🙂", "\x00", "a" * 300_000, "半个\ud83d表情"])
def test_any_text_can_be_kept(text: str) -> None:
    ring = KeyRing.generate()
    kept = ring.decrypt(ring.encrypt(text))
    assert kept == text.encode(errors="replace").decode()
