"""Writing a document as YAML: fields in the order of the schema; the same content gives the same bytes."""

from typing import Any

import yaml

from policies.transfer.schema import FORMAT


class _Dumper(yaml.SafeDumper):
    """No anchors, lists set in, texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, data: str) -> Any:
    style = "|" if "\n" in data else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)


def write_yaml(content: dict[str, Any]) -> bytes:
    """The file. `content` is what `policies.transfer.schema.TransferFile` describes, in the order of its fields."""
    written = yaml.dump(
        content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=False, width=10**9
    )
    head = f"# {content['document']['number']}，由南昌电子信息政策兑现导出。日期和金额写成文字（加引号）。\n"
    return (head + written).encode("utf-8")


def as_drafts(content: dict[str, Any]) -> dict[str, Any]:
    """The same as it stands after an import: every version a draft, numbered from 1 in the order of the file, and
    nothing confirmed. A file in this form is exported again byte for byte."""
    clauses = [
        {
            **clause,
            "versions": [
                {
                    **version,
                    "number": number,
                    "state": "draft",
                    "cases": [{**case, "number": at} for at, case in enumerate(version["cases"], start=1)],
                }
                for number, version in enumerate(clause["versions"], start=1)
            ],
        }
        for clause in content["clauses"]
    ]
    rules = [
        {**version, "number": number, "state": "draft"} for number, version in enumerate(content["rules"], start=1)
    ]
    settings: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for row in content["settings"]:
        counts[row["key"]] = counts.get(row["key"], 0) + 1
        settings.append({**row, "number": counts[row["key"]], "confirmed": False})
    groups = [{**group, "confirmed": False} for group in content["groups"]]
    return {**content, "settings": settings, "rules": rules, "clauses": clauses, "groups": groups, "format": FORMAT}
