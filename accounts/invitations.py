"""One-time links with which an invited person chooses a password.

The token is derived from the account (password hash, last sign-in, addresses), so it dies with its first use and after
PASSWORD_RESET_TIMEOUT; nothing is stored.
"""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from accounts.models import User


def password_link(user: User) -> str:
    """The absolute address at which `user` sets a password, once. Show it to nobody but the inviting person."""
    parts = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=parts)
