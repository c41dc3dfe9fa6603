"""All settings of a running service; each is an environment variable `XINQIAO_…` or a line of `var/.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What an operator may change; docs/settings.md lists every field."""

    model_config = SettingsConfigDict(
        env_prefix="XINQIAO_", env_file=ROOT / "var" / ".env", extra="ignore", frozen=True
    )

    var: Path = Field(ROOT / "var", description="Folder of the database, the keys and the logs.")
    data: Path = Field(ROOT / "data", description="Folder of the content that editors change.")
    database: str = Field(
        "", description="SQLAlchemy address; empty: SQLite in `var`. `postgresql+asyncpg://…` for PostgreSQL."
    )
    host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port of the web server; 0 takes a free one.")
    public_url: str = Field("", description="Address as people see it, for links; empty: host and port.")
    behind_tls: bool = Field(False, description="A proxy in front speaks TLS: cookies become Secure.")
    key_file: Path | None = Field(None, description="Fernet keys, one a line, newest first; empty: `var/keys`.")
    nlu_url: str = Field("", description="Address of a running NLU worker; empty: the service starts its own.")
    nlu_token: SecretStr = Field(SecretStr(""), description="Token that the NLU worker asks for.")
    nlu_timeout_s: float = Field(0.3, gt=0, le=5, description="Seconds to wait for the NLU worker in a turn.")
    telegram_token: SecretStr = Field(SecretStr(""), description="Bot token; empty: no Telegram.")
    telegram_api: str = Field("", description="Address of the Bot API when it is not Telegram's own.")
    telegram_webhook: str = Field("", description="Public https address for the webhook; empty: long polling.")
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret that Telegram repeats on the webhook."
    )
    service_hours: str = Field(
        "", description="Hours in which counsellors are there, as citizens read it: `8:00–22:00`."
    )
    retention_days: int = Field(180, ge=1, description="Days that conversations without a crisis record are kept.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least severe log line.")
    log_json: bool = Field(False, description="One JSON object a line instead of coloured text.")

    @property
    def database_url(self) -> str:
        """Return the address of the database in SQLAlchemy's form."""
        return self.database or f"sqlite+aiosqlite:///{self.var / 'xinqiao.db'}"

    @property
    def keys(self) -> Path:
        """Return the file of the encryption keys."""
        return self.key_file or self.var / "keys"

    @property
    def address(self) -> str:
        """Return the address that links begin with, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


def load_settings(**overrides: object) -> Settings:
    """Return the settings from the environment.

    Raises:
        SettingsError: A value is missing or wrong; the message names the variable.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as exc:
        lines = [f"XINQIAO_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in exc.errors()]
        raise SettingsError("; ".join(lines)) from exc
