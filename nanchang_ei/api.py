"""The public interface /api/v1/: the rooms' routers, one shape of refusal, and its OpenAPI description."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, Throttled, ValidationError

from common.errors import DomainError
from nanchang_ei.openapi import complete
from policies.api.answers import public_answer, refusal, refusal_of
from policies.api.evaluations import router as evaluations
from policies.api.library import router as library
from policies.api.throttle import RateThrottle

PREFIX = "/api/v1/"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class PublicAPI(NinjaAPI):
    """Without ninja's own pages: those of its documentation load scripts from elsewhere."""

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        """The addresses of the operations alone."""
        patterns, app, namespace = super().urls
        return [entry for entry in patterns if getattr(entry, "name", "") != "api-root"], app, namespace


api = PublicAPI(
    title="南昌电子信息政策兑现开放接口",
    version="1.0.0",
    description="按已发布的政策条款试算奖补金额，读取条款的结构化数据。公开，不需要账号，不需要个人信息，不保存请求内容。",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
)
api.add_router("", evaluations)
api.add_router("", library)

# Last, so that it only answers what no room does.
_rest = Router()
api.add_router("", _rest)


@_rest.api_operation(
    ["GET", "HEAD"], "/openapi.json", throttle=RateThrottle("reads"), include_in_schema=False, url_name="openapi"
)
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of the interface."""
    return public_answer(request, openapi_document())


@_rest.api_operation(_METHODS, "/{path:rest}", include_in_schema=False)
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Every other address."""
    return root(request)


@_rest.api_operation(_METHODS, "", include_in_schema=False)
def root(request: HttpRequest) -> HttpResponse:
    """The address that all others begin with; nothing is there."""
    return refusal([{"path": "", "message": "没有这个接口地址。接口说明见 /api/ 。"}], status=404)


@cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 description, complete with examples; made once."""
    return complete(api.get_openapi_schema(path_prefix=PREFIX), server=settings.SITE_URL)


# ------------------------------------------------------------------------------------------------- refusals


@api.exception_handler(DomainError)
def _domain_error(request: HttpRequest, error: Any) -> HttpResponse:
    return refusal_of(error)


@api.exception_handler(Throttled)
def _throttled(request: HttpRequest, error: Any) -> HttpResponse:
    # ninja adds Retry-After.
    message = f"请求过于频繁，请在 {int(error.wait or 1)} 秒后再试。"
    return refusal([{"path": "", "message": message}], status=429)


@api.exception_handler(ValidationError)
def _parameters(request: HttpRequest, error: Any) -> HttpResponse:
    faults = [{"path": str(one["loc"][-1]), "message": "参数的格式有误，请更正。"} for one in error.errors]
    return refusal(faults, status=422)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: Any) -> HttpResponse:
    return refusal([{"path": "", "message": "请求有误。"}], status=error.status_code)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Any) -> HttpResponse:
    return refusal([{"path": "", "message": "没有找到。"}], status=404)
