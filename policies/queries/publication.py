"""What stands in the way of publishing a draft beside the lints: another version in its time, the document's days."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from policies.enums import VersionState
from policies.lint import LintFault
from policies.models import ClauseVersion, PolicyRules
from policies.queries.lint import document_of, lint_version

Version = ClauseVersion | PolicyRules


def overlapping(version: Version) -> QuerySet[Any]:
    """Published versions of the same owner whose validity meets this one's."""
    owner = "clause" if isinstance(version, ClauseVersion) else "document"
    others = (
        type(version)
        ._default_manager.filter(**{f"{owner}_id": getattr(version, f"{owner}_id")}, state=VersionState.PUBLISHED)
        .exclude(pk=version.pk)
    )
    if version.valid_to is not None:
        others = others.filter(valid_from__lte=version.valid_to)
    return others.exclude(valid_to__lt=version.valid_from)


def validity(version: Version) -> str:
    """From which day to which a version is in force: 2023-10-10 至 2025-12-31."""
    return f"{version.valid_from} 至 {version.valid_to or '另行规定'}"


def publication_faults(version: Version) -> list[LintFault]:
    """Everything that an administrator is told of a draft: what stands beside it, then what the lints say of it."""
    return [*standing_faults(version), *lint_version(version)]


def standing_faults(version: Version) -> list[LintFault]:
    """What stands beside a draft: published versions in its time (errors), the validity of its document (a remark)."""
    faults = [_overlap(version, other) for other in overlapping(version)]
    document = document_of(version)
    early = document.valid_from is not None and version.valid_from < document.valid_from
    late = document.valid_to is not None and (version.valid_to is None or version.valid_to > document.valid_to)
    if early or late:
        faults.append(
            LintFault(
                "valid_from" if early else "valid_to",
                f"有效期 {validity(version)} 超出文件的有效期 "
                f"{document.valid_from} 至 {document.valid_to or '另行规定'}，超出的部分不起作用。",
                "请核对日期；文件有效期以外的年度不能申报。",
                "warning",
            )
        )
    return faults


def _overlap(version: Version, other: Version) -> LintFault:
    if version.valid_from > other.valid_from:
        last = version.valid_from - dt.timedelta(days=1)
        mend = f"在政策维护的“发布”中提交本草稿，第{other.number}版随之提前到 {last} 终止。"
    else:
        mend = f"请在政策维护的“发布”中与本草稿一并停用第{other.number}版。"
    return LintFault(
        "valid_from",
        f"已发布的第{other.number}版有效期 {validity(other)}，与本草稿的 {validity(version)} 重叠。",
        mend,
    )


def filed_under(version: Version) -> int:
    """How many filed applications stand under a version of a clause or of the rules and keep it."""
    return version.applications.filter(filed_at__isnull=False).count()
