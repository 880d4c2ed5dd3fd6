"""Production: everything it needs comes from the environment, and what is missing stops the start."""

from nanchang_ei.env import ENV
from nanchang_ei.settings.base import *  # noqa: F403
from nanchang_ei.settings.base import cache, database

SECRET_KEY = ENV.require("secret_key")
FIELD_ENCRYPTION_KEYS = ENV.require("field_key").split(",")
SITE_URL = ENV.require("site_url")
ENV.require("allowed_hosts")
DATABASES = {"default": database(ENV.require("database_url"))}
CELERY_BROKER_URL = ENV.require("redis_url")
CACHES = {"default": cache(CELERY_BROKER_URL)}

SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
if ENV.trust_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Attempts are counted by the client's address, which stands in X-Forwarded-For behind one proxy.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
