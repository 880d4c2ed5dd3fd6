"""Prove stored awards from their receipts, or show what today's rules would give for one of them."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.models import QuerySet

from awards.labels import VERDICTS
from awards.models import Award
from awards.queries.receipts import Proof, prove, what_now
from policies.rules.receipt import Verdict, changes_since


class Command(BaseCommand):
    """`--verify`: exit 0 when every receipt holds, 1 otherwise. Without it, a question about one award: exit 0.

    Nothing is ever written: the transaction is read-only.
    """

    help = (
        "由核算凭据重新计算已核定的奖补并核对（--verify）；不带 --verify 时，按现行规定试算一笔奖补。不改变任何数据。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """See the class."""
        parser.add_argument("--verify", action="store_true", help="核验凭据；有任何一份不成立时退出状态为 1")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--award", type=int, metavar="编号", help="只看这一笔奖补（/awards/编号/）")
        which.add_argument("--policy-year", type=int, metavar="年度", help="只核验这一政策年度的奖补")
        parser.add_argument("--json", action="store_true", help="输出一个 JSON 文档")

    def handle(self, *args: Any, **options: Any) -> None:
        """Choose the awards, then prove them or compute one of them anew."""
        awards = Award.objects.all()
        if options["award"] is not None:
            awards = awards.filter(pk=options["award"])
        if options["policy_year"] is not None:
            awards = awards.filter(account__policy_year=options["policy_year"])
        if not options["verify"] and options["award"] is None:
            raise CommandError("请用 --award 指明要试算的奖补，或用 --verify 核验全部凭据。")
        with _read_only():
            if options["award"] is not None and not awards.exists():
                raise CommandError(f"没有编号为 {options['award']} 的奖补。")
            if options["award"] is not None and not awards.filter(settlement__isnull=False).exists():
                raise CommandError(f"编号为 {options['award']} 的奖补尚未核算，没有凭据。")
            if options["verify"]:
                verify = self._verify_json if options["json"] else self._verify
                failed = verify(awards, one=options["award"] is not None)
            else:
                failed = 0
                self._what_if(awards, as_json=options["json"])
        if failed:
            raise CommandError(f"{failed} 份凭据不成立。", returncode=1)

    # -- verifying

    def _verify(self, awards: QuerySet[Award], *, one: bool) -> int:
        """Tell what is to be said about each award, then the summary; how many do not hold."""
        summary = _Summary()
        for proof in prove(awards):
            summary.add(proof)
            if one or _speaks(proof):
                self.stdout.write(f"奖补 {proof.award.pk}（{_name(proof.award)}）：{VERDICTS[proof.verdict]}")
                self._lines(proof.remarks)
                if one and proof.since:
                    self.stdout.write("  出具凭据以后的变化（仅供说明，凭据以出具时的规定为准）：")
                    self._lines(proof.since, "    ")
        for said in () if one else summary.changes():
            self.stdout.write(said.pop(0))
            self._lines(said)
        self.stdout.write(summary.sentence())
        return summary.failed

    def _lines(self, sentences: Any, indent: str = "  ") -> None:
        for sentence in sentences:
            self.stdout.write(f"{indent}{sentence}")

    def _verify_json(self, awards: QuerySet[Award], *, one: bool) -> int:
        """The same as one JSON document, written as it comes."""
        summary, comma = _Summary(), ""
        self.stdout.write('{"awards": [')
        for proof in prove(awards):
            summary.add(proof)
            if one or _speaks(proof):
                self.stdout.write(f"{comma}{json.dumps(_proof_json(proof, since=one), ensure_ascii=False)}")
                comma = ","
        self.stdout.write(f'], "summary": {json.dumps(summary.as_json(), ensure_ascii=False)}}}')
        return summary.failed

    # -- what today's rules would give

    def _what_if(self, awards: QuerySet[Award], *, as_json: bool) -> None:
        """What today's rules would give beside what stands, for one award."""
        (proof,) = prove(awards)
        found = what_now(proof)
        if as_json:
            told = {"award": proof.award.pk, "differences": found.differences, "faults": found.faults}
            document = {**told, "since": proof.since, "answer": found.answer}
            self.stdout.write(json.dumps(document, ensure_ascii=False))
            return
        self.stdout.write(f"奖补 {proof.award.pk}（{_name(proof.award)}）：按现行规定试算，不改变任何记录")
        if found.faults:
            self._lines(["现行规定不能套用凭据所载的数据：", *found.faults])
        elif found.differences:
            self._lines(f"{line}。" for line in found.differences)
        else:
            self._lines(["金额与凭据相同。"])
        self._lines(proof.since)


class _Summary:
    """Counts over many proofs, and the changes of rules since their receipts, once for each definition."""

    def __init__(self) -> None:
        self.verdicts: Counter[Verdict] = Counter()
        self.failed = self.unkept = self.other_engine = 0
        self._changes: dict[tuple[Any, int], tuple[int, tuple[str, ...]]] = {}

    def add(self, proof: Proof) -> None:
        """Count one award."""
        self.verdicts[proof.verdict] += 1
        self.failed += not proof.holds
        self.unkept += proof.basis != "kept"
        self.other_engine += not proof.verification.same_engine
        if proof.basis == "kept" and proof.definition and proof.today:
            year = proof.award.account.policy_year
            key = (proof.award.receipt["definition_sha256"], year)
            count, said = self._changes.get(key, (0, None))
            if said is None:
                said = changes_since(proof.definition, proof.today.policy, year)
            self._changes[key] = (count + 1, said)

    def changes(self) -> Iterator[list[str]]:
        """For each kept definition that today's rules differ from: a heading, then the differences."""
        for (sha256, year), (count, said) in self._changes.items():
            if said:
                yield [
                    f"{year} 年度 {count} 份凭据的条款定义（{sha256[:12]}…）与现行规定的差别（仅供说明）：",
                    *said,
                ]

    def sentence(self) -> str:
        """N 份凭据：一致 …，文字不同 …，不一致 …，被改动 …。"""
        counts = "，".join(f"{word} {self.verdicts[verdict]}" for verdict, word in VERDICTS.items())
        more = ""
        if self.other_engine:
            more += f"其中 {self.other_engine} 份由其他版本的计算程序出具。"
        if self.unkept:
            more += f"其中 {self.unkept} 份的条款定义没有留存。"
        return f"{self.verdicts.total()} 份凭据：{counts}。{more}"

    def as_json(self) -> dict[str, Any]:
        """The counts, and the changes of rules."""
        return {
            "receipts": self.verdicts.total(),
            **{verdict: self.verdicts[verdict] for verdict in VERDICTS},
            "holds": not self.failed,
            "failed": self.failed,
            "other_engine": self.other_engine,
            "definition_not_kept": self.unkept,
            "changes": [
                {"definition_sha256": sha256, "policy_year": year, "receipts": count, "differences": said}
                for (sha256, year), (count, said) in self._changes.items()
                if said
            ],
        }


@contextmanager
def _read_only() -> Iterator[None]:
    """One snapshot for the whole run, in a transaction that can write nothing.

    Inside somebody else's transaction (a test's) the level cannot change any more.
    """
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _speaks(proof: Proof) -> bool:
    """Whether something is to be said; a newer engine alone, or a definition that was put together again, is not."""
    return proof.verdict != "same" or proof.basis in ("stand_in", "none")


def _name(award: Award) -> str:
    application = award.application
    return f"{application.number} {application.enterprise.name} {application.clause.clause_id}"


def _proof_json(proof: Proof, *, since: bool) -> dict[str, Any]:
    award = proof.award
    return {
        "award": award.pk,
        "application": award.application.number,
        "clause": award.application.clause.clause_id,
        "verdict": proof.verdict,
        "holds": proof.holds,
        "definition": proof.basis,
        "remarks": proof.remarks,
        **({"since": proof.since} if since else {}),
    }
