"""GET /policies, /clauses and one clause: the published policy as data."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router
from pydantic import WithJsonSchema

from policies.api.answers import public_answer
from policies.api.examples import example_document
from policies.api.library_data import clause_told, clauses_told, policies_told
from policies.api.library_schemas import ClausesTold, OneClauseTold, PoliciesTold
from policies.api.schemas import Refusal
from policies.api.throttle import RateThrottle

router = Router(tags=["library"], throttle=RateThrottle("reads"))

_READ = ["GET", "HEAD"]
_NOT_FOUND: dict[int, Any] = {404: Refusal, 422: Refusal}

# Read as text: a number that is none is told in the words of the interface.
PolicyNumber = Annotated[
    str | None,
    WithJsonSchema({"type": "string"}),
    Query(None, description="政策的发文字号；只有一个政策时可以省略。", example=example_document()["policy"]),
]
PolicyYear = Annotated[
    str | None,
    WithJsonSchema({"type": "integer", "minimum": 1990, "maximum": 2100}),
    Query(None, description="政策年度；省略时为该政策适用的最近一个年度。", example=example_document()["policy_year"]),
]


@router.api_operation(
    _READ, "/policies", operation_id="list_policies", summary="已发布的政策文件", response={200: PoliciesTold}
)
def policies(request: HttpRequest) -> HttpResponse:
    """有已发布条款的全部政策文件，以及各自适用的政策年度。"""
    return public_answer(request, {"policies": policies_told()})


@router.api_operation(
    _READ,
    "/clauses",
    operation_id="list_clauses",
    summary="一个政策年度适用的全部条款",
    response={200: ClausesTold, **_NOT_FOUND},
)
def clauses(request: HttpRequest, policy: PolicyNumber = None, policy_year: PolicyYear = None) -> HttpResponse:
    """条款原文、单位、所需事实、条件、金额算法、材料，以及年度数据、同类型分组、累计奖补上限和待确认事项。

    条款的版本按政策年度选择，与今天的日期无关；草稿不在其中。
    """
    return public_answer(request, clauses_told(policy, policy_year))


@router.api_operation(
    _READ,
    "/clauses/{clause_id}",
    operation_id="read_clause",
    summary="一个条款",
    response={200: OneClauseTold, **_NOT_FOUND},
)
def clause(
    request: HttpRequest,
    clause_id: Annotated[str, Path(description="条款编号。", example=example_document()["claims"][0]["clause"])],
    policy: PolicyNumber = None,
    policy_year: PolicyYear = None,
) -> HttpResponse:
    """同 GET /clauses，只有一个条款。"""
    return public_answer(request, clause_told(clause_id, policy, policy_year))
