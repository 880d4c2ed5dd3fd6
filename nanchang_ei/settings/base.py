"""Settings shared by every environment; dev, test and production say only what differs."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlparse

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from nanchang_ei.env import BASE_DIR, ENV

DEBUG = False
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENV.csrf_trusted_origins
SITE_URL = ENV.site_url

INSTALLED_APPS = [
    "accounts.admin_app.OfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "pgtrigger",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "nanchang_ei",
    "common",
    "common.audit",
    "common.outbox",
    "accounts",
    "letters",
    "policies",
    "applications",
    "reviews",
    "awards",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "nanchang_ei.middleware.PublicApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "common.middleware.ReadableFormMiddleware",
    "common.middleware.ReadableAddressMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.AccessMiddleware",
    "accounts.middleware.LibraryFormMiddleware",
    "common.middleware.MethodPageMiddleware",
    "common.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "nanchang_ei.urls"
WSGI_APPLICATION = "nanchang_ei.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.shell",
            ],
            "builtins": ["common.templatetags.ui"],
        },
    },
]


def database(url: str) -> dict[str, Any]:
    """Django's dictionary of postgres://user:password@host:port/name; host may be a %2F-quoted socket folder."""
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must be a postgres:// address: PostgreSQL is the only database.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def cache(url: str) -> dict[str, Any]:
    """The cache at a redis:// address; it may be gone, and must not make a request wait when it is."""
    return {
        "BACKEND": "common.cache.ForgivingRedisCache",
        "LOCATION": url,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1},
    }


def mail_server(url: str) -> dict[str, Any]:
    """Django's settings for the mail server at smtp://user:password@host:port; smtp+tls:// begins TLS after the
    connection (STARTTLS), smtps:// with it. Special characters percent-encoded."""
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    parts = urlparse(url)
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL must be smtp://, smtp+tls:// or smtps://user:password@host:port, with special characters "
            "percent-encoded."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def rate(name: str, text: str) -> tuple[int, int] | None:
    """(requests, seconds) of `120/m` (s, m or h), None for `off`; `name` is the variable that a fault names."""
    if text == "off":
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,8})/([smh])", text)
    if not found:
        raise ImproperlyConfigured(f"{name} must be a rate such as 120/m (s, m or h), or off; it is {text!r}.")
    return int(found[1]), {"s": 1, "m": 60, "h": 3600}[found[2]]


DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "accounts.backends.AdministratorBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.validators.PasswordLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:landing"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "signup": "accounts.forms.EnterpriseSignupForm",
    "login": "accounts.forms.SignInForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "add_email": "accounts.forms.AddEmailForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_USERNAME_MIN_LENGTH = 4
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# Accounts are opened by colleagues and administrators and must work where no mail arrives.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "accounts.forms.mfa.AuthenticateForm",
    "reauthenticate": "accounts.forms.mfa.CodeAgainForm",
    "activate_totp": "accounts.forms.mfa.ActivateTOTPForm",
    "add_webauthn": "accounts.forms.mfa.AddKeyForm",
    "edit_webauthn": "accounts.forms.mfa.EditKeyForm",
}
MFA_TOTP_ISSUER = "南昌电子信息政策兑现"

# The public interface: requests of one client address; off = no limit.
API_RATES = {
    "evaluations": rate("API_RATE_EVALUATIONS", ENV.api_rate_evaluations),
    "reads": rate("API_RATE_READS", ENV.api_rate_reads),
}
# The address is the connection's own, or behind the proxy the one that the proxy adds; nothing a client claims counts.
NINJA_NUM_PROXIES = 1 if ENV.trust_proxy else 0

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = ENV.var_dir / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Uploaded and issued files; read through views that check permission, never served from a URL.
MEDIA_ROOT = ENV.var_dir / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
# Who signs issued letters digitally (letters/signing): none, file, pkcs11, or the dotted path of a class of the city.
LETTER_SIGNER = ENV.letter_signer
LETTER_SIGNER_OPTIONS = ENV.letter_signer_options
# Days for which a written export can be fetched.
EXPORT_KEEP_DAYS = 7
# A review of rights (权限复核) is due so many months after the last one; a role whose holder was not here for so many
# days is flagged in it. Defaults, to be confirmed (默认值，待确认).
RIGHTS_REVIEW_MONTHS = 12
RIGHTS_UNUSED_DAYS = 90
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=8).total_seconds())
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.views.unsent.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    # A request must not hang on a broker that is gone: what it owes stands in the outbox.
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {
    "outbox-sweep": {"task": "common.outbox.tasks.sweep", "schedule": 10.0},
    # Owed once a day, from 08:00 on; asked for all day long, so that a beat that was down in the morning catches up.
    "daily-digests": {"task": "accounts.tasks.owe_daily_digests", "schedule": crontab(minute="*/10", hour="8-23")},
    # Changes of units come into force at midnight; every hour, so that a beat that was down catches up.
    "administration": {"task": "accounts.tasks.administer", "schedule": crontab(minute="1")},
    # What was filed, read once at night for the simulations and impacts of the day (awards/queries/snapshots.py).
    "year-facts": {"task": "awards.tasks.prepare_year_facts", "schedule": crontab(minute="30", hour="2")},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(ENV.var_dir / "celerybeat-schedule")

# Optional virus scanner (host:port of clamd); set, an upload that cannot be scanned is refused.
CLAMD_ADDRESS = ""
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
# A worker waits for a mail server, nobody else does; what it owes is tried again.
EMAIL_TIMEOUT = 20
if ENV.email_url:
    globals().update(mail_server(ENV.email_url))
DEFAULT_FROM_EMAIL = ENV.email_from or "noreply@localhost"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {name: {"level": "ERROR"} for name in ("weasyprint", "fontTools", "pikepdf", "pyhanko")},
}
