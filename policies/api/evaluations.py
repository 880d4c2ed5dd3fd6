"""POST /evaluations: what one document would be paid, computed with the published versions."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from common.errors import TooLarge
from policies.api.answers import Unreadable, UnsupportedMedia, answer
from policies.api.fresh import current_policy, newest_policy
from policies.api.schemas import EvaluationAnswer, Refusal
from policies.api.throttle import RateThrottle
from policies.queries.sources import policy_source
from policies.rules.document import evaluate_text
from policies.rules.strict_json import MAX_BYTES

router = Router(tags=["evaluations"])

#: Bytes of a document that is too large which are still taken, and thrown away, before it is refused.
_HEARD = 20_000_000


#: The versions published in the database, as a `policies.rules.document.PolicySource`.
published_source = policy_source(
    lambda number, year: current_policy(number, year), lambda number: newest_policy(number)
)


@router.post(
    "/evaluations",
    operation_id="evaluate",
    summary="试算一个申报主体一个政策年度的奖补金额",
    throttle=RateThrottle("evaluations"),
    response={200: EvaluationAnswer, 400: Refusal, 413: Refusal, 415: Refusal, 422: Refusal},
)
def evaluate(request: HttpRequest) -> HttpResponse:
    """按数据库中已发布、适用于该政策年度的条款逐条判断条件、计算金额并结算；每一步都带有政策原文。

    不保存任何内容，不需要账号，也不需要企业名称、统一社会信用代码等识别信息。金额一律为以元为单位的字符串。
    文档有误时一次列出全部错误。
    """
    return answer(evaluate_text(read_body(request), published_source))


def read_body(request: HttpRequest) -> bytes:
    """The body as sent, never more than a document may have, whatever its headers claim.

    Raises:
        UnsupportedMedia: it is declared as something else than UTF-8 JSON.
        TooLarge: more than MAX_BYTES.
        Unreadable: the client went away, or the pieces are none.
    """
    charset = request.content_params.get("charset", "utf-8") if request.content_params else "utf-8"
    if request.content_type not in {"", "application/json"} or charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMedia("请以 Content-Type: application/json 发送 UTF-8 编码的 JSON 文档。")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("请发送未压缩的 JSON 文档，不要使用 Content-Encoding。")
    # A body in pieces has no length; servers that end the stream themselves say so, from others nothing is read.
    in_pieces = not request.META.get("CONTENT_LENGTH") and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if in_pieces else request
    try:
        raw: bytes = stream.read(MAX_BYTES + 1)
        taken = len(raw)
        # Most clients listen only when they have sent everything; who sends still more finds the door closed.
        while MAX_BYTES < taken < _HEARD and (piece := stream.read(64 * 1024)):
            taken += len(piece)
    except Exception as error:  # whatever the server raises for pieces that are none, or a client that went away
        raise Unreadable("文档没有完整送达，请重试。") from error
    if taken > MAX_BYTES:
        raise TooLarge(f"文档过大，最多 {MAX_BYTES // 1_000_000} MB。")
    return raw
