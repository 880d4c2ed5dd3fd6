"""Two versions side by side: rows that moved, came and went; documents by name; what a correction asked for."""

from datetime import date

import pytest

from applications.actions import PointInput
from applications.models import CorrectionPoint, Revision
from applications.queries import diff
from applications.queries.corrections import answered
from tests.factories.accounts import UserFactory
from tests.factories.applications import FACTS, make_correction, make_filed

ONE, TWO = FACTS["3.4.5"]["projects"]
THREE = {"name": "智慧工厂三期", "investment": "3000000.00", "accepted_on": "2024-12-01"}
EVIDENCE = {"attachment": 1, "label": "发票", "kind": "pdf", "size": 1}


def document(key: str, name: str, content: str) -> dict:
    return EVIDENCE | {"key": key, "name": name, "sha256": content * 64}


@pytest.fixture
def first(company) -> Revision:
    return make_filed(company)


def second(first: Revision, **values) -> Revision:
    """What a re-filing would hold; only read, never stored."""
    kept = {name: values.get(name, getattr(first, name)) for name in ("facts", "figures", "evidence")}
    return Revision(application=first.application, clause_version=first.clause_version, number=2, **kept)


def rows(first: Revision, *projects) -> list[tuple[str, str, str | None, str | None]]:
    changed = diff(first, second(first, facts={"projects": list(projects)}))
    return [(change.field, change.label, change.old, change.new) for change in changed]


class TestRows:
    def test_an_inserted_row_is_told_as_such_and_shifts_no_other(self, first):
        assert rows(first, THREE, ONE, TWO) == [
            (
                "projects-0",
                "“5G+智慧工厂”项目第 1 条（新增）",
                None,
                "项目名称：智慧工厂三期；软硬件、设备投入：3,000,000.00 元；验收日期：2024年12月1日",
            )
        ]

    def test_a_removed_row_is_told_as_such(self, first):
        [(field, label, old, new)] = rows(first, TWO)
        assert (field, label, new) == ("projects-removed-0", "“5G+智慧工厂”项目原第 1 条（删除）", None)
        assert old is not None
        assert "智慧工厂一期" in old

    def test_a_change_is_found_in_a_row_that_moved(self, first):
        assert rows(first, THREE, ONE | {"investment": "7000000.00"}, TWO)[1:] == [
            (
                "projects-1-investment",
                "“5G+智慧工厂”项目第 2 条（原第 1 条）·软硬件、设备投入",
                "8,000,000.00 元",
                "7,000,000.00 元",
            )
        ]

    def test_another_order_is_no_difference(self, first):
        assert rows(first, TWO, ONE) == []

    def test_another_name_alone_is_a_change_of_that_row(self, first):
        assert [field for field, *_ in rows(first, ONE, TWO | {"name": "二期（更名）"})] == ["projects-1-name"]

    def test_another_project_in_its_place_is_another_row(self, first):
        assert [field for field, *_ in rows(first, ONE, THREE)] == ["projects-1", "projects-removed-1"]

    def test_equal_rows_are_told_apart_by_number(self, first):
        doubled = second(first, facts={"projects": [ONE, ONE]})
        assert diff(doubled, doubled) == []
        [change] = diff(doubled, second(first, facts={"projects": [ONE]}))
        assert change.field == "projects-removed-1"


class TestDocuments:
    def changed(self, first, before, after):
        found = diff(second(first, evidence=before), second(first, evidence=after))
        return [(change.label, change.old, change.new) for change in found]

    def test_another_file_replaces_the_former_one(self, first):
        before, after = [document("invoice", "发票.pdf", "a")], [document("invoice", "发票（更正）.pdf", "b")]
        assert self.changed(first, before, after) == [("发票（替换）", "发票.pdf", "发票（更正）.pdf")]

    def test_under_the_same_name_the_content_tells_them_apart(self, first):
        before, after = [document("invoice", "发票.pdf", "a")], [document("invoice", "发票.pdf", "b")]
        assert self.changed(first, before, after) == [
            ("发票（替换）", "发票.pdf（摘要 aaaaaaaa）", "发票.pdf（摘要 bbbbbbbb）")
        ]

    def test_the_same_name_is_the_same_document_whatever_the_order(self, first):
        before = [document("invoice", "一.pdf", "a"), document("invoice", "二.pdf", "b")]
        after = [document("invoice", "三.pdf", "c"), document("invoice", "二.pdf", "d")]
        assert [(old, new) for _, old, new in self.changed(first, before, after)] == [
            ("二.pdf（摘要 bbbbbbbb）", "二.pdf（摘要 dddddddd）"),
            ("一.pdf", "三.pdf"),
        ]

    def test_added_and_removed(self, first):
        one, two = document("invoice", "一.pdf", "a"), document("contract", "二.pdf", "b")
        assert self.changed(first, [one], [one, two]) == [("发票（新增）", None, "二.pdf")]
        assert self.changed(first, [one, two], [one]) == [("发票（删除）", "二.pdf", None)]

    def test_another_name_of_the_same_content_is_no_difference(self, first):
        assert self.changed(first, [document("invoice", "一.pdf", "a")], [document("invoice", "二.pdf", "a")]) == []


class TestAnswered:
    @pytest.fixture
    def ask(self, first):
        def asked(*points: PointInput):
            return make_correction(first.application, UserFactory(), *points, due_on=date(2026, 3, 20))

        return asked

    def told(self, correction, first, *projects, **values):
        later = second(first, facts={"projects": list(projects)}, **values)
        found = answered(correction, diff(first, later), later)
        return (
            [(answer.place, answer.changed) for answer in found.answers],
            [(change.label.split("·")[-1], asked) for change, asked in found.changes],
        )

    def test_asked_and_changed_asked_and_left_not_asked(self, first, ask):
        correction = ask(
            PointInput("field", "projects-0-investment", "与发票不符。"),
            PointInput("field", "Y.rd_expense", "与审计报告不符。"),
            PointInput("evidence", "invoice", "发票不清。"),
        )
        points, changes = self.told(
            correction, first, ONE | {"investment": "7000000.00", "accepted_on": "2024-07-01"}, TWO
        )
        assert points == [("“5G+智慧工厂”项目第 1 条·软硬件、设备投入", True), ("年度研发费用", False), ("发票", False)]
        assert changes == [("软硬件、设备投入", True), ("验收日期", False)]

    def test_a_point_follows_its_row_and_a_removed_row_answers_it(self, first, ask):
        correction = ask(PointInput("field", "projects-0-investment", "与发票不符。"))
        moved, _ = self.told(correction, first, TWO, ONE | {"investment": "7000000.00"})
        assert moved[0][1] is True
        assert self.told(correction, first, ONE, TWO | {"investment": "1.00"})[0][0][1] is False
        assert self.told(correction, first, TWO)[0][0][1] is True

    def test_a_point_on_the_whole_table_covers_its_rows(self, first, ask):
        correction = ask(PointInput("field", "projects", "缺少三期。"))
        points, changes = self.told(correction, first, ONE, TWO, THREE)
        assert points == [("“5G+智慧工厂”项目", True)]
        assert changes == [("“5G+智慧工厂”项目第 3 条（新增）", True)]

    def test_a_general_point_may_mean_any_change(self, first, ask):
        correction = ask(PointInput("general", "", "请补充说明。"))
        points, changes = self.told(correction, first, ONE, TWO, THREE)
        assert points == [("其他", None)]
        assert [asked for _, asked in changes] == [None]

    def test_points_are_kept_when_nothing_was_changed(self, first, ask):
        correction = ask(PointInput("evidence", "invoice", "发票不清。"))
        assert CorrectionPoint.objects.filter(correction=correction).count() == 1
        assert self.told(correction, first, ONE, TWO) == ([("发票", False)], [])
