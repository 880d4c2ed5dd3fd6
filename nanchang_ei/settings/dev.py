"""Development and `make run`: embedded servers where no address is given, keys kept in var/."""

import secrets
from collections.abc import Callable

from nanchang_ei import embedded
from nanchang_ei.env import ENV
from nanchang_ei.settings.base import *  # noqa: F403
from nanchang_ei.settings.base import STORAGES, cache, database

DEBUG = False


def _kept_secret(name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """Read a secret of this installation from var/, making it (mode 0600) at the first start."""
    path = ENV.var_dir / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(make())
    return path.read_text().strip()


SECRET_KEY = ENV.secret_key or _kept_secret("secret_key")
FIELD_ENCRYPTION_KEYS = [ENV.field_key or _kept_secret("field_key")]
# One password for all demonstration accounts of this installation; production has none and loads no demonstration.
DEMO_PASSWORD = _kept_secret("demo_password", lambda: f"Yanshi-{secrets.token_hex(4)}")
ALLOWED_HOSTS = ENV.allowed_hosts or ["localhost", "127.0.0.1", "[::1]", "testserver"]
SITE_URL = ENV.site_url or f"http://127.0.0.1:{ENV.port}"

# Reading the addresses starts nothing: manage.py and `make run` start the embedded servers before Django loads.
DATABASES = {"default": database(ENV.database_url or embedded.database_url())}
CELERY_BROKER_URL = ENV.redis_url or embedded.redis_url()

CACHES = {"default": cache(CELERY_BROKER_URL)}
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"}}
if not ENV.email_url:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
