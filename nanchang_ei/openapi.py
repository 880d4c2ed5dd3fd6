"""What ninja's OpenAPI description lacks: the evaluation document, examples, headers, refusals of every operation."""

import json
from typing import Any

from pydantic import TypeAdapter

from policies.api.answers import MAX_AGE
from policies.api.engine_words import in_chinese
from policies.api.examples import example_answer, example_document, faulty_answer, faulty_document
from policies.api.schemas import EvaluationDocument

_REF = "#/components/schemas/"
_DESCRIPTIONS = {
    "200": "成功。",
    "304": "内容没有变化（If-None-Match）。",
    "400": "请求没有读完。",
    "404": "没有这个政策、政策年度或条款。",
    "413": "文档超过 4 MB。",
    "415": "不是 UTF-8 编码的 JSON。",
    "422": "内容有误，列出全部错误。",
    "429": "请求过于频繁。",
    "503": "系统暂时停止服务。",
}
_RETRY = {"Retry-After": {"description": "多少秒后再试。", "schema": {"type": "integer"}}}
_KEPT = {
    "ETag": {"description": "内容的标识，用于 If-None-Match。", "schema": {"type": "string"}},
    "Cache-Control": {
        "description": f"各处缓存至多保留 {MAX_AGE} 秒：public, max-age={MAX_AGE}",
        "schema": {"type": "string"},
    },
}


def complete(generated: Any, *, server: str) -> dict[str, Any]:
    """The generated description as plain JSON, with what is missing filled in."""
    document: dict[str, Any] = json.loads(json.dumps(generated))
    document["servers"] = [{"url": server}]
    schemas = document["components"]["schemas"]
    given = TypeAdapter(EvaluationDocument).json_schema(ref_template=_REF + "{model}")
    schemas.update(given.pop("$defs"))
    schemas["EvaluationDocument"] = given
    for name, schema in schemas.items():
        in_chinese(name, schema)
    for path in document["paths"].values():
        path.pop("head", None)  # the same operation without a body
        for method, operation in path.items():
            _complete_operation(operation, reads=method == "get")
    evaluate = document["paths"]["/api/v1/evaluations"]["post"]
    evaluate["requestBody"] = {
        "required": True,
        "description": "评估文档，最大 4 MB。",
        "content": {
            "application/json": {
                "schema": {"$ref": _REF + "EvaluationDocument"},
                "examples": {
                    "correct": {"summary": "可以试算的文档", "value": example_document()},
                    "faulty": {"summary": "有错误的文档", "value": faulty_document()},
                },
            }
        },
    }
    _example(evaluate, "200", "correct", "可以试算的文档的答复", example_answer())
    _example(evaluate, "422", "faulty", "有错误的文档的答复", faulty_answer())
    return document


def _complete_operation(operation: dict[str, Any], *, reads: bool) -> None:
    responses = operation["responses"]
    refused = {"content": {"application/json": {"schema": {"$ref": _REF + "Refusal"}}}}
    for status in ("429", "503"):
        responses[status] = {**refused, "headers": _RETRY}
    if reads:
        responses["200"]["headers"] = _KEPT
        responses["304"] = {"headers": _KEPT}
    for status, response in responses.items():
        response["description"] = _DESCRIPTIONS[status]
    operation["responses"] = dict(sorted(responses.items()))


def _example(operation: dict[str, Any], status: str, name: str, summary: str, value: Any) -> None:
    content = operation["responses"][status]["content"]["application/json"]
    content["examples"] = {name: {"summary": summary, "value": value}}
