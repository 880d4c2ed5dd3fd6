"""What is wrong with a definition, told in Chinese: faults of the schema and of the compiler, each with its path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from policies.rules.compile import DefinitionError
from policies.rules.facts import kind_of

#: Sentences for pydantic's kinds of error; ``{…}`` are the fields of its context.
_SENTENCES = {
    "missing": "缺少此项，请补充。",
    "extra_forbidden": "未知的字段，请删除或更正。",
    "string_type": "应为字符串（带引号）",
    "int_type": "应为整数（不带引号和小数点）",
    "bool_type": "应为 true 或 false",
    "date_type": '应为日期字符串（如 "2024-03-01"）',
    "tuple_type": "应为数组 […]",
    "model_type": "应为对象 {{…}}",
    "model_attributes_type": "应为对象 {{…}}",
    "string_too_short": "不能为空，请填写。",
    "string_too_long": "过长，最多 {max_length} 字。",
    "too_short": "至少需要 {min_length} 项。",
    "greater_than_equal": "不能小于 {ge}。",
    "less_than_equal": "不能大于 {le}。",
    "literal_error": "应为下列之一：{expected}。",
    "union_tag_invalid": "未知的类型“{tag}”，应为下列之一：{expected_tags}。",
    "union_tag_not_found": "缺少 {discriminator}，请写明类型。",
}
#: Kinds of error that also say what was found instead.
_WITH_KIND = {"string_type", "int_type", "bool_type", "date_type", "tuple_type", "model_type", "model_attributes_type"}

#: What the strings of the schema must look like, told by the name of their field.
_FORMATS = {
    "value": '格式不正确：金额写成 "5000000.00"（两位小数），比例写成 "12%"，倍数写成 "1.5"。',
    "id": "条款编号格式不正确，例如 3.4.2 或 3.1.3a。",
    "key": "标识只能由小写字母、数字和下划线组成，并以字母开头。",
}

#: The validators of the schema, and the compiler: what they say, and the sentence for it.
_MEANINGS = (
    (r"a tier has either a rate or an amount", "每一档只能有比例（rate）或定额（amount）之一，请留下一个。"),
    (r"tiers must rise", "各档起点必须逐档升高且互不相同，请调整起点。"),
    (r"the floor is above the ceiling", "裁量下限高于裁量上限，请调低下限或调高上限。"),
    (r"(\w+): choices belong to a fact", r"事实 \1：选择型（choice）须列出 choices，其他类型不能有 choices。"),
    (r"(\w+): columns belong to a fact", r"事实 \1：表格（table）须列出 columns，其他类型不能有 columns。"),
    (r"(\w+): two columns have the same key", r"事实 \1：两列的标识相同，请改名。"),
    (r"two facts have the same key", "两项事实的标识相同，请改名。"),
    (r"facts of scope year are declared once", "年度数据只能在政策的 year_facts 中声明，请将 scope 改为 own。"),
    (r"no fact (\S+)", r"引用的 \1 没有在本条款的 facts 或年度数据中声明，请先声明或更正引用。"),
    (r"(\S+) is a (\w+), (.+) is needed", r"引用的 \1 类型为 \2，此处需要 \3，请更换引用。"),
    (r"(\S+) can be missing and is used in arithmetic", r"\1 允许不填，不能用于计算，请改为必填或更换引用。"),
    (r"(\S+) is no table", r"\1 不是表格，请更换引用。"),
    (r"(\S+) is no text column", r"\1 不是表格中的文字列，请更换引用。"),
    (r"(\S+) has no choice (.+)", r"\1 没有选项 \2，请更正。"),
    (r"a rate is no threshold of a fact", "比例不能作为数值条件的门槛，请改为金额或数量。"),
    (r"no series (\S+)", r"没有参考利率 \1，请更正。"),
)


def meaning(text: str) -> str:
    """The Chinese sentence for what a validator of the schema or the compiler says."""
    for pattern, sentence in _MEANINGS:
        if found := re.search(pattern, text):
            return found.expand(sentence)
    return f"定义不成立：{text}。"


def compile_fault(error: DefinitionError) -> str:
    """What the compiler found, as a sentence."""
    return meaning(str(error))


def schema_faults(error: ValidationError, data: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every fault of the schema as (path, sentence); ``data`` is what was validated, ``path`` where it stands."""
    for item in error.errors(include_url=False):
        yield path + _path(item["loc"], data), _sentence(item)


def _path(place: tuple[int | str, ...], data: Any) -> str:
    """Where an error stands. Its place also holds the tags of unions (the kind of a block), which are no keys."""
    text, node, tag_seen = "", data, False
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not tag_seen and isinstance(node, dict) and step in (node.get("kind"), node.get("type")):
            tag_seen = True
            continue
        else:
            text += f".{step}"
        tag_seen = False
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = None
    return text


def _sentence(item: ErrorDetails) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "value_error":
        return meaning(str(context.get("error", item["msg"])))
    if kind == "string_pattern_mismatch":
        field = str(item["loc"][-1]) if item["loc"] else ""
        return _FORMATS.get(field, f"格式不正确，应符合 {context.get('pattern', '')}。")
    sentence = _SENTENCES.get(kind)
    if sentence is None:
        return f"不符合要求：{item['msg']}。"
    told = sentence.format(**context)
    return f"{told}，实际是{kind_of(item['input'])}。" if kind in _WITH_KIND else told.replace(" or ", "、")
