"""Addresses, and what every answer of the interface has in common."""

import json
from typing import Any

EVALUATIONS = "/api/v1/evaluations"
POLICIES = "/api/v1/policies"
CLAUSES = "/api/v1/clauses"
OPENAPI = "/api/v1/openapi.json"


def told(response: Any, status: int) -> list[dict[str, str]]:
    """The faults of a refusal, whose shape is checked."""
    assert response.status_code == status, response.content[:500]
    assert response["Content-Type"].startswith("application/json")
    assert "no-store" in response["Cache-Control"]
    body = json.loads(response.content)
    assert set(body) == {"errors"}
    assert body["errors"]
    for fault in body["errors"]:
        assert set(fault) == {"path", "message"}
        assert fault["message"].endswith(("。", "。）"))
    return body["errors"]


def anonymous(response: Any) -> None:
    """Nothing in the answer belongs to a person or a browser's session."""
    assert not response.cookies
    assert "Set-Cookie" not in response.headers
    assert "Vary" not in response.headers
