"""How the interface answers: UTF-8 JSON, faults in one shape, and what may be kept by a cache."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response

from common.errors import DomainError
from policies.rules.document import EvaluationFault

#: Faults told in one answer. A document typed by people never has as many; one made to have a million of them would
#: make the answer ten times the question.
MAX_FAULTS = 1000
#: Seconds for which a cache may answer in place of the site.
MAX_AGE = 60


class UnsupportedMedia(DomainError):
    """The body is sent as something else than JSON."""

    status: ClassVar[int] = 415
    title = "内容类型不受支持"


class Unreadable(DomainError):
    """The connection ended before the body did."""

    status: ClassVar[int] = 400
    title = "请求没有读完"


def to_json(value: Any) -> bytes:
    """A value as UTF-8; half a surrogate pair, which UTF-8 lacks, stays the escape that it came as."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def answer(value: Any, *, status: int = 200) -> HttpResponse:
    """An answer for this request alone, kept by nobody."""
    response = HttpResponse(to_json(value), status=status, content_type="application/json; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


def refusal(faults: Sequence[dict[str, str]], *, status: int) -> HttpResponse:
    """`{"errors": [{"path", "message"}, …]}`, at most MAX_FAULTS of them and the number of the others."""
    told = list(faults[:MAX_FAULTS])
    if len(faults) > MAX_FAULTS:
        told.append({"path": "", "message": f"另有 {len(faults) - MAX_FAULTS} 处错误没有列出，请先更正以上各处。"})
    return answer({"errors": told}, status=status)


def refusal_of(error: DomainError) -> HttpResponse:
    """A domain error in the interface's shape, under its own status."""
    faults = error.faults if isinstance(error, EvaluationFault) else error.as_json()["errors"]
    return refusal(faults, status=error.status)


def public_answer(request: HttpRequest, value: Any) -> HttpResponse:
    """An answer that is the same for everybody: may be kept for MAX_AGE seconds, 304 when the client has it."""
    body = to_json(value)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    response["ETag"] = etag
    conditional = get_conditional_response(request, etag=etag, response=response)
    if isinstance(conditional, HttpResponseNotModified):
        return conditional
    return response  # If-Match and the like are preconditions of changes, and nothing is changed here
