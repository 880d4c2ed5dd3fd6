"""Addresses whose views raise, for the middleware's test."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from common.errors import Conflict, NotFound


def conflict(request: HttpRequest) -> HttpResponse:
    raise Conflict("该申请已被处理。", changed_by="演示审核员", what="状态改为<b>已受理</b>")


def missing(request: HttpRequest) -> HttpResponse:
    raise NotFound


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("a programming error")


urlpatterns = [
    path("conflict/", conflict),
    path("missing/", missing),
    path("broken/", broken),
    path("api/v1/conflict/", conflict),
]
