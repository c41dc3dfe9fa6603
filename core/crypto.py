"""Encryption at rest: a ring of Fernet keys, and a keyed hash for look-ups."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import SettingsError


class WrongKeyError(SettingsError):
    """Stored text cannot be read with the keys of the key file."""

    code = "wrong_key"


class KeyRing:
    """Encrypts with the newest key, decrypts with any; adding a line to the key file rotates.

    Args:
        keys: Fernet keys (32 bytes, URL-safe base64), newest first.
    """

    def __init__(self, keys: list[bytes]) -> None:
        """Make the ciphers; the oldest key also feeds the keyed hash, so that rotation keeps look-ups."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as exc:
            raise SettingsError("a line of the key file is no Fernet key") from exc
        self._hash_key = hashlib.sha256(b"xinqiao look-up\0" + keys[-1]).digest()

    @classmethod
    def generate(cls) -> KeyRing:
        """Return a ring with one new key, for throw-away databases."""
        return cls([Fernet.generate_key()])

    def encrypt(self, text: str) -> bytes:
        """Return `text` as a Fernet token; half a character, which no encoding knows, becomes a question mark."""
        return self._fernet.encrypt(text.encode(errors="replace"))

    def decrypt(self, token: bytes) -> str:
        """Return the text of a token.

        Raises:
            WrongKeyError: No key of the ring made this token.
        """
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken as exc:
            raise WrongKeyError("stored text cannot be read: is this the key file of this database?") from exc

    def lookup(self, purpose: str, value: str) -> str:
        """Return a keyed hash (64 hexadecimal characters) under which `value` can be found again."""
        named = f"{purpose}\0{value}".encode(errors="surrogatepass")
        return hmac.new(self._hash_key, named, hashlib.sha256).hexdigest()


def open_key_file(path: Path) -> KeyRing:
    """Return the ring of a key file, which is made (mode 0600) when it is missing.

    Raises:
        SettingsError: The file is readable by others or holds no key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} can be read by other users; run: chmod 600 {path}")
    keys = path.read_bytes().split()
    if not keys:
        raise SettingsError(f"{path} is empty; restore it from the backup, stored text cannot be read without it")
    return KeyRing(keys)
