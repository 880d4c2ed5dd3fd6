"""Filed revisions: what was promised, their hash, and the hash of what the check page shows."""

from applications.models import Application, Revision
from applications.queries.completeness import attachments_of
from applications.queries.definitions import version_of
from applications.queries.documents import applicant
from common.canonical import digest

STATEMENT = (
    "本单位承诺：所填报的数据和提交的材料真实、完整、有效，不存在重复申报、弄虚作假情形；"
    "如有不实，愿退回已获奖补资金，并承担相应的法律责任。"
)


def revision_digest(revision: Revision) -> str:
    """The hash over everything that was filed; equal to `revision.sha256` unless somebody changed the row."""
    return digest(
        {
            "application": revision.application_id,
            "number": revision.number,
            "clause_version": revision.clause_version_id,
            "facts": revision.facts,
            "figures": revision.figures,
            "evidence": revision.evidence,
            "estimate": revision.estimate,
            "statement": revision.statement,
            "prepared_by": revision.prepared_by_id,
            "filed_by": revision.filed_by_id,
        }
    )


def seen_digest(application: Application) -> str:
    """What the check page shows, as a hash: the promise covers this content and no other."""
    return digest(
        {
            "draft": application.draft,
            "figures": applicant(application.enterprise, application.policy_year),
            "evidence": [attachment.pk for attachment in attachments_of(application)],
            "clause_version": version_of(application).pk,
        }
    )
