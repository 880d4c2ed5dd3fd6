"""What pages of 政策维护 read while they are drawn."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from policies.models import ClauseVersion, PolicyRules
from policies.presenters import version_ways
from policies.printing import Run, runs
from policies.queries import setting_words, settings_in_force
from policies.queries.editing import TextPiece, text_split

register = template.Library()


@register.simple_tag
def around(version: ClauseVersion) -> tuple[list[TextPiece], list[TextPiece]]:
    """The article in which the clause of a version stands, piece by piece; and the rest of the document."""
    return text_split(version.clause.node)


@register.simple_tag
def ways_of(version: ClauseVersion | PolicyRules, here: str) -> list[dict[str, Any]]:
    """The tabs of one version's pages, `policies.presenters.version_ways`."""
    return version_ways(version, here)


@register.filter
def printed(text: str) -> list[Run]:
    """A stored text as it is printed: what stands between ** is bold, ¹ is the mark of a footnote."""
    return runs(text)


#: Points of the procedure that decide how files of a clause are worked on, in the order of the way.
_POINTS = (
    "stage_days",
    "correction_days",
    "city_confirms_district_lead",
    "opinion_points",
    "opinion_visibility",
    "expert_panel",
    "audit_sampling",
    "city_share",
)
#: Points of panels mean something only where experts score.
_COMPETITIVE = frozenset({"expert_panel"})


@dataclass(frozen=True)
class ProcedurePoint:
    """What holds for files of a clause and is kept elsewhere: label, words, whether confirmed, where it is changed."""

    label: str
    words: str
    url: str
    confirmed: bool = True


@register.simple_tag
def procedure_of(version: ClauseVersion) -> list[ProcedurePoint]:
    """Stages and days, experts and audits, the budgets' shares and the words of letters, as they hold in the first year
    of a version; each is dated and changed on a page of its own."""
    document = version.clause.document
    rows = {row.key: row for row in settings_in_force(document, version.valid_from.year)}
    competitive = bool(version.definition.get("competitive"))
    found = [
        ProcedurePoint(
            rows[key].label,
            setting_words(key, rows[key].value),
            reverse("editing:setting", args=[document.slug, key]),
            rows[key].is_confirmed,
        )
        for key in _POINTS
        if key in rows and (competitive or key not in _COMPETITIVE)
    ]
    elsewhere = (
        ("分条款、分日期的分担比例", "另有规定的，以该页为准", "awards:ratios"),
        ("文书用语", "受理、补正、不予支持、公示、批复等文书的固定文字", "letters:texts"),
    )
    for label, words, name in elsewhere:
        try:
            found.append(ProcedurePoint(label, words, reverse(name)))
        except NoReverseMatch:  # a room that is not there
            continue
    return found
