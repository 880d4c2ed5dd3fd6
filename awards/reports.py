"""An impact with names: the same report for the command line, the page, its JSON and its spreadsheet."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from accounts.models import Enterprise, Unit
from awards.queries.left_out import LeftOut
from common.money import grouped, yuan
from policies.models import Clause, Document
from policies.rules.impact import Impact, Mover, Sums


def difference_words(fen: int) -> str:
    """A difference as people read it, its direction in words: 增加 1,200.00, 减少 80.00, 不变."""
    return "不变" if fen == 0 else f"增加 {grouped(fen)}" if fen > 0 else f"减少 {grouped(-fen)}"


@dataclass(frozen=True)
class Row:
    """One clause, one district, or the whole; money in 分."""

    key: str
    label: str
    sums: Sums

    @property
    def difference(self) -> int:
        """After less before, in 分."""
        return self.sums.after - self.sums.before

    @property
    def words(self) -> str:
        """The difference in words."""
        return difference_words(self.difference)

    @property
    def conditions(self) -> list[str]:
        """What changes in who is eligible, in words; empty where nothing does."""
        sums = self.sums
        named = [("变为符合", sums.opened), ("不再符合", sums.closed), ("差一点", sums.near), ("待裁量", sums.pending)]
        return [f"{words} {count:,} 件" for words, count in named if count]

    def as_json(self) -> dict[str, Any]:
        """With money as strings of 元."""
        figures = asdict(self.sums) | {"before": yuan(self.sums.before), "after": yuan(self.sums.after)}
        return {"key": self.key, "label": self.label, **figures, "difference": yuan(self.difference)}


@dataclass(frozen=True)
class MoverRow:
    """One enterprise that gains or loses; money in 分."""

    enterprise: str
    district: str
    before: int
    after: int

    @property
    def difference(self) -> int:
        """After less before, in 分."""
        return self.after - self.before

    @property
    def words(self) -> str:
        """The difference in words."""
        return difference_words(self.difference)

    def as_json(self) -> dict[str, Any]:
        """With money as strings of 元."""
        return {
            "enterprise": self.enterprise,
            "district": self.district,
            "before": yuan(self.before),
            "after": yuan(self.after),
            "difference": yuan(self.difference),
        }


#: What 差一点 means, told wherever it is counted.
NEAR_MEANS = "“差一点”指变更后只有一项门槛未达到，且差距不超过要求的十分之一。"


@dataclass(frozen=True)
class Asked:
    """Which simulation an answer belongs to: its number, who asked, and when (as people read it)."""

    number: int
    by: str
    at: str


@dataclass(frozen=True)
class Report:
    """The answer to a change document as people read it."""

    policy: str
    policy_year: int
    include_refused: bool
    note: str
    #: {section, label, before, after}; section is a clause's id, "groups", "total_cap", "year_facts", "settings".
    changed: list[dict[str, str]]
    impact: Impact
    whole: Row
    clauses: list[Row]
    districts: list[Row]
    gainers: list[MoverRow]
    losers: list[MoverRow]
    left_out: LeftOut
    #: None on the command line, where nothing is kept.
    asked: Asked | None = None

    @property
    def notes(self) -> list[str]:
        """What has to be known to read the figures."""
        whole, found = self.impact.whole, []
        if not whole.files and not self.impact.unknown and not self.left_out.count:
            found.append(f"{self.policy_year} 年度没有计入的申报，变更前后的金额都是 0。")
        if whole.near:
            found.append(NEAR_MEANS)
        return found

    @property
    def figures(self) -> list[tuple[str, str]]:
        """The counts beside the money as people read them."""
        found = [(label, f"{count:,} {unit}") for label, count, unit in self.counts]
        impact = self.impact
        if impact.capped_before or impact.capped_after:
            found.append(("受年度累计上限核减", f"{impact.capped_before:,} 家 → {impact.capped_after:,} 家"))
        return found

    @property
    def counts(self) -> list[tuple[str, int, str]]:
        """The counts beside the money, each with its name and measure word; some only where there are any."""
        impact, whole = self.impact, self.impact.whole
        always = [
            ("申报件", whole.files, "件"),
            ("受影响的申报件", whole.touched, "件"),
            ("申报主体", impact.applicants, "家"),
            ("受影响的申报主体", impact.applicants_touched, "家"),
            ("金额增加的", impact.gaining, "家"),
            ("金额减少的", impact.losing, "家"),
            ("变为符合条件", whole.opened, "件"),
            ("不再符合条件", whole.closed, "件"),
        ]
        sometimes = [
            ("差一点", whole.near, "件"),
            ("待裁量（未计金额）", whole.pending, "件"),
            ("变更后缺少所需数据（未计金额）", impact.unknown, "件"),
            ("所选条款不再符合条件，改按推荐", impact.choices_dropped, "家"),
        ]
        return always + [one for one in sometimes if one[1]]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON with money as strings of 元."""
        impact = self.impact
        asked = (
            {"number": self.asked.number, "asked_by": self.asked.by, "asked_at": self.asked.at} if self.asked else {}
        )
        return {
            **asked,
            "policy": self.policy,
            "policy_year": self.policy_year,
            "include_refused": self.include_refused,
            "note": self.note,
            "changed": self.changed,
            "applicants": impact.applicants,
            "applicants_touched": impact.applicants_touched,
            "gaining": impact.gaining,
            "losing": impact.losing,
            "capped_before": impact.capped_before,
            "capped_after": impact.capped_after,
            "choices_dropped": impact.choices_dropped,
            "unknown": impact.unknown,
            "whole": self.whole.as_json(),
            "clauses": [row.as_json() for row in self.clauses],
            "districts": [row.as_json() for row in self.districts],
            "gainers": [row.as_json() for row in self.gainers],
            "losers": [row.as_json() for row in self.losers],
            "warnings": impact.warnings,
            "notes": self.notes,
            "left_out": self.left_out.as_json(),
        }


def report_of(
    document: Document,
    policy_year: int,
    *,
    include_refused: bool,
    note: str,
    changed: list[dict[str, str]],
    impact: Impact,
    left_out: LeftOut,
    asked: Asked | None = None,
) -> Report:
    """Put names to an impact; three queries however large it is."""
    movers = [*impact.gainers, *impact.losers]
    enterprises = dict(Enterprise.objects.filter(pk__in={one.id for one in movers}).values_list("pk", "name"))
    wanted = {*impact.districts, *(one.district for one in movers)}
    units = dict(Unit.objects.filter(pk__in=wanted).order_by("order", "pk").values_list("pk", "name"))
    titles = dict(
        Clause.objects.filter(document=document, clause_id__in=impact.clauses)
        .order_by("order")
        .values_list("clause_id", "title")
    )
    return Report(
        policy=document.number,
        policy_year=policy_year,
        include_refused=include_refused,
        note=note,
        changed=changed,
        impact=impact,
        whole=Row("", "合计", impact.whole),
        clauses=_rows(impact.clauses, {clause: f"{clause} {title}" for clause, title in titles.items()}),
        districts=_rows(impact.districts, units),
        gainers=_movers(impact.gainers, enterprises, units),
        losers=_movers(impact.losers, enterprises, units),
        left_out=left_out,
        asked=asked,
    )


def _rows(sums: Mapping[Any, Sums], labels: Mapping[Any, str]) -> list[Row]:
    """In the order of the labels, which is the printed one; what has none any more comes last under its key."""
    order = [key for key in labels if key in sums] + [key for key in sums if key not in labels]
    return [Row(str(key), labels.get(key, str(key)), sums[key]) for key in order]


def _movers(movers: Iterable[Mover], enterprises: Mapping[int, str], units: Mapping[int, str]) -> list[MoverRow]:
    return [
        MoverRow(enterprises.get(one.id, f"企业 {one.id}"), units.get(one.district, ""), one.before, one.after)
        for one in movers
    ]


def section_words(section: str) -> str:
    """What the section of a change is called."""
    return {
        "groups": "同类型条款组",
        "total_cap": "年度累计上限",
        "year_facts": "年度数据",
        "settings": "待确认事项",
    }.get(section, f"条款 {section}")
