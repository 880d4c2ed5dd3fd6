"""The page after an unforeseen error, and while the database is away."""

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (OperationalError("server closed the connection unexpectedly"), 503, "系统正在维护"),
        (ValueError("a defect"), 500, "系统出了故障"),
    ],
)
def test_a_database_that_is_away_is_no_defect_of_the_site(monkeypatch, error, status, sentence):
    def fail(day):
        raise error

    monkeypatch.setattr("nanchang_ei.views.open_calls", fail)

    answer = Client(raise_request_exception=False).get(reverse("home"))

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert answer.has_header("Retry-After") == (status == 503)
