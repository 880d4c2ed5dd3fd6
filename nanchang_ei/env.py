"""The process environment, read once and typed; nothing else in the project reads os.environ for configuration."""

import os
from dataclasses import dataclass, field
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


class MissingSettingError(RuntimeError):
    """A setting that this environment must provide is absent; the message names it."""


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def _list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def _suffixed(prefix: str) -> dict[str, str]:
    """The variables that begin with prefix, by the rest of their name in small letters; empty ones are left out."""
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in os.environ.items()
        if name.startswith(prefix) and value
    }


@dataclass(frozen=True)
class Environment:
    """What the operator may set; README's table of settings mirrors these names."""

    var_dir: Path = field(default_factory=lambda: Path(os.environ.get("VAR_DIR") or BASE_DIR / "var"))
    database_url: str = field(default_factory=lambda: os.environ.get("DATABASE_URL", ""))
    redis_url: str = field(default_factory=lambda: os.environ.get("REDIS_URL", ""))
    secret_key: str = field(default_factory=lambda: os.environ.get("SECRET_KEY", ""))
    field_key: str = field(default_factory=lambda: os.environ.get("FIELD_ENCRYPTION_KEY", ""))
    allowed_hosts: list[str] = field(default_factory=lambda: _list("ALLOWED_HOSTS"))
    csrf_trusted_origins: list[str] = field(default_factory=lambda: _list("CSRF_TRUSTED_ORIGINS"))
    site_url: str = field(default_factory=lambda: os.environ.get("SITE_URL", "").rstrip("/"))
    email_url: str = field(default_factory=lambda: os.environ.get("EMAIL_URL", ""))
    email_from: str = field(default_factory=lambda: os.environ.get("EMAIL_FROM", ""))
    host: str = field(default_factory=lambda: os.environ.get("HOST") or "127.0.0.1")
    port: str = field(default_factory=lambda: os.environ.get("PORT", "8000"))
    api_rate_evaluations: str = field(default_factory=lambda: os.environ.get("API_RATE_EVALUATIONS") or "120/m")
    api_rate_reads: str = field(default_factory=lambda: os.environ.get("API_RATE_READS") or "600/m")
    letter_signer: str = field(default_factory=lambda: os.environ.get("LETTER_SIGNER") or "none")
    letter_signer_options: dict[str, str] = field(default_factory=lambda: _suffixed("LETTER_SIGNER_"))
    trust_proxy: bool = field(default_factory=lambda: _flag("TRUST_PROXY"))

    def require(self, name: str) -> str:
        """Return the value of the field called name, or raise MissingSettingError naming the variable."""
        value = getattr(self, name)
        if not value:
            variable = {"field_key": "FIELD_ENCRYPTION_KEY", "email_from": "EMAIL_FROM"}.get(name, name.upper())
            raise MissingSettingError(f"{variable} must be set in this environment; see README, section Settings.")
        return value


ENV: Environment


def __getattr__(name: str) -> Environment:
    """Read the environment when ENV is first asked for, once: a test run sets addresses after importing this module."""
    if name != "ENV":
        raise AttributeError(name)
    globals()["ENV"] = environment = Environment()
    return environment
