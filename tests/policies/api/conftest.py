"""The public interface over the loaded policy, without limits unless a test sets them."""

import json

import pytest
from django.core.cache import cache

from tests.factories.applications import _policies_of_package, policies_loaded
from tests.policies.api.support import EVALUATIONS

__all__ = ["_policies_of_package", "policies_loaded"]


@pytest.fixture(autouse=True)
def _unlimited(settings):
    settings.API_RATES = {"evaluations": None, "reads": None}
    cache.clear()


@pytest.fixture
def loaded(policies_loaded):
    """The document of the shipped policy, loaded once for this folder."""
    return policies_loaded


@pytest.fixture
def post(client):
    """Send a document (or raw bytes) for evaluation."""

    def send(document, content_type="application/json", **headers):
        raw = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
        return client.generic("POST", EVALUATIONS, raw, content_type=content_type, **headers)

    return send
