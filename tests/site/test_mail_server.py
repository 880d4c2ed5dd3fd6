"""The mail server's address as operators write it."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from nanchang_ei.settings.base import mail_server


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "ssl"),
    [
        ("smtp://mail.ei.lan", "mail.ei.lan", 25, False, False),
        ("smtp+tls://mail.ei.lan", "mail.ei.lan", 587, True, False),
        ("smtps://mail.ei.lan", "mail.ei.lan", 465, False, True),
        ("smtps://mail.ei.lan:1465", "mail.ei.lan", 1465, False, True),
    ],
)
def test_it_says_where_and_how(url, host, port, tls, ssl):
    found = mail_server(url)
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (tls, ssl)


def test_special_characters_are_percent_encoded():
    found = mail_server("smtps://noreply%40ei.cn:p%3A%2F@mail.ei.lan")
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("noreply@ei.cn", "p:/")


@pytest.mark.parametrize("url", ["mail.ei.lan", "http://mail.ei.lan", "smtp://"])
def test_anything_else_stops_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        mail_server(url)
