"""What the policy asks for in one application: facts, figures of the year, evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.enums import EnterpriseKind
from applications.enums import ENDED_WITHOUT_DECISION
from applications.models import Application, Revision
from policies.models import ClauseVersion, PolicyRules
from policies.queries import definition_of as version_definition
from policies.queries import published_policy, version_or_none
from policies.rules.schema import ClauseDefinition, FactDecl, PolicyDefinition

YEAR = "Y."


@dataclass(frozen=True)
class Evidence:
    """One document to attach; shared evidence is filed once per enterprise and year and serves every application."""

    key: str
    label: str
    shared: bool = False
    required: bool = True
    help: str = ""


def version_of(subject: Application | Revision) -> ClauseVersion:
    """The version that governs: fixed once filed, before that the one in force for the policy year; where none is any
    more, the one that it was begun under, so that what was typed can still be read (it cannot be filed:
    queries.windows.clause_closed).

    What was filed names the version of its day for ever. A file that was rolled forward (roll_forward: typing
    corrected, nothing else) is read under the corrected version, and so is what was filed in it: the pages of those who
    work on it show the corrected words, and both compute alike.
    Kept on the instance, which lives for one request.
    """
    if isinstance(subject, Revision):
        application = subject.application
        moved = application.filed_at is not None and application.clause_version_id != subject.clause_version_id
        return application.clause_version if moved else subject.clause_version
    if subject.filed_at is not None:
        return subject.clause_version
    if not hasattr(subject, "_governing_version"):
        governing = version_or_none(subject.clause, subject.policy_year)
        subject._governing_version = governing or subject.clause_version  # type: ignore[attr-defined]
    return subject._governing_version  # type: ignore[attr-defined]


def definition_of(subject: Application | Revision) -> ClauseDefinition:
    """The clause's definition under which the application or revision stands."""
    return version_definition(version_of(subject))


def rules_of(subject: Application | Revision) -> PolicyRules | None:
    """The rules of the year (figures, cap, groups) that an enterprise's files of one policy and year stand under: those
    in force when the first of them was filed; None before any was, then those in force count.

    The account of a year has one cap and one choice in each group, so that all its files have the same rules. Files
    that ended without a decision do not count. Kept on the instance, which lives for one request.
    """
    application = subject.application if isinstance(subject, Revision) else subject
    if application.rules_id is not None:
        return application.rules
    if not hasattr(application, "_rules"):
        beside = Application.objects.filter(
            enterprise=application.enterprise_id,
            policy_year=application.policy_year,
            clause__document=application.clause.document_id,
            rules__isnull=False,
        )
        first = (
            beside.exclude(state__in=ENDED_WITHOUT_DECISION)
            .select_related("rules")
            .order_by("filed_at", "pk")
            .only("rules")
            .first()
        )
        application._rules = first.rules if first else None  # type: ignore[attr-defined]
    return application._rules  # type: ignore[attr-defined]


def policy_of(subject: Application | Revision) -> PolicyDefinition:
    """The whole policy of the year, with this application's clause and the rules as their versions say, also where one
    was retired and nothing came after it; kept on the instance."""
    if not hasattr(subject, "_policy"):
        subject._policy = policy_keeping([subject])  # type: ignore[union-attr]
    return subject._policy  # type: ignore[union-attr]


def policy_keeping(subjects: Sequence[Application | Revision]) -> PolicyDefinition:
    """The policy of the year of these files of one enterprise (one policy, one year, one a clause), each clause as its
    file's version says, under the rules of the account. Raises PolicyYearError where nothing governs the year."""
    versions = []
    for subject in subjects:
        application = subject.application if isinstance(subject, Revision) else subject
        version = version_of(subject)
        version.clause = application.clause  # the same row, read already
        versions.append(version)
    # All files of an account name the same rules (applications.actions.filing).
    rules = next((found for subject in subjects if (found := rules_of(subject))), None)
    return published_policy(
        application.clause.document.number, application.policy_year, keeping=versions, kept_rules=rules
    )


def _references(value: Any) -> Iterator[str]:
    """Every string inside a dumped definition that names a figure of the year."""
    if isinstance(value, str):
        if value.startswith(YEAR):
            yield value.removeprefix(YEAR)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _references(inner)


def needed_figures(subject: Application | Revision) -> list[FactDecl]:
    """Figures without which this application cannot be filed.

    An enterprise states all of them (the cap of the year needs them too), an association those the clause reads.
    """
    application = subject.application if isinstance(subject, Revision) else subject
    policy = policy_of(subject)
    read = set(_references(definition_of(subject).model_dump(mode="json")))
    whole = application.enterprise.kind == EnterpriseKind.ENTERPRISE
    return [fact for fact in policy.year_facts if fact.key in read or (whole and fact.required)]


def asked_figures(application: Application) -> list[FactDecl]:
    """The figures that the pages ask for: of an enterprise all of the year, of an association those it needs."""
    if application.enterprise.kind == EnterpriseKind.ENTERPRISE:
        return list(policy_of(application).year_facts)
    return needed_figures(application)


def evidence_of(subject: Application | Revision) -> list[Evidence]:
    """The documents to attach, each key once, shared ones first."""
    items: dict[str, Evidence] = {}
    for entry in version_of(subject).evidence:
        items.setdefault(
            entry["key"],
            Evidence(
                key=entry["key"],
                label=entry["label"],
                shared=entry.get("scope", "own") == "year",
                required=entry.get("required", True),
                help=entry.get("help", ""),
            ),
        )
    return sorted(items.values(), key=lambda item: not item.shared)
