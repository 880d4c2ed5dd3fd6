"""Points of a file: what each clause asks about, whose points they are, what they rest on. Pure."""

import pytest

from policies.rules.corpus import corpus_policies
from policies.rules.schema import ClauseDefinition, FactDecl
from reviews.points import Document, Point, own_keys, points_of

YEAR = [FactDecl(key=key, label=key, type="money") for key in ("revenue", "revenue_prev", "rd_expense")]
DOCUMENTS = [
    Document("audit_report", "年度审计报告", shared=True),
    Document("licence", "营业执照", shared=True),
    Document("invoice", "发票", shared=False),
]


@pytest.fixture(scope="module")
def clauses() -> dict[str, ClauseDefinition]:
    return {clause.id: clause for clause in corpus_policies()["洪府发〔2023〕30号"].clauses}


def points(clause: ClauseDefinition) -> dict[str, Point]:
    return {point.key: point for point in points_of(clause, figures=YEAR, documents=DOCUMENTS)}


class TestPoints:
    def test_conditions_first_then_figures_facts_documents_amount(self, clauses):
        found = points(clauses["3.2.3"])
        assert list(found) == ["condition:1", "figures", "facts", "evidence:shared", "evidence:invoice", "amount"]
        condition = found["condition:1"]
        assert condition.label == "世界500强、中国电子信息100强或电子信息类上市公司"
        assert condition.quote in clauses["3.2.3"].sentence
        assert condition.rests_on == {"status_list"}

    def test_every_clause_has_points_with_labels_and_conditions_with_quotations(self, clauses):
        for clause in clauses.values():
            for point in points(clause).values():
                assert point.label, (clause.id, point.key)
                assert bool(point.quote) == point.key.startswith("condition:"), (clause.id, point.key)

    def test_growth_rests_on_both_years(self, clauses):
        assert points(clauses["3.1.2"])["condition:1"].rests_on == {"Y.revenue", "Y.revenue_prev"}

    def test_alternatives_are_one_point(self, clauses):
        several = [clause for clause in clauses.values() if any(c.kind == "any" for c in clause.conditions)]
        for clause in several:
            keys = [key for key in points(clause) if key.startswith("condition:")]
            assert len(keys) <= len(clause.conditions)

    def test_figures_rest_on_every_figure_of_the_year(self, clauses):
        assert points(clauses["3.2.3"])["figures"].rests_on == {"Y.revenue", "Y.revenue_prev", "Y.rd_expense"}


class TestAmount:
    @pytest.mark.parametrize(
        ("clause", "places"),
        [
            ("3.2.3", {"settlement_sales_ex_tax"}),
            ("3.3.2", {"product_sales.sales_ex_tax"}),
            ("3.4.5", {"projects.investment"}),
            ("3.8.3", {"introduced"}),
            ("3.1.3b", set()),  # a fixed amount rests on nothing that is filed
            ("3.4.1", {"base_rd_subsidy"}),
            ("3.1.2", {f"loans.{name}" for name in ("principal", "drawn_on", "repaid_on", "interest_paid")}),
            ("3.1.3a", {"listed_on", "exchange"}),  # a reviewer sets it: all that was stated
        ],
    )
    def test_rests_on_what_the_award_block_and_the_cap_read(self, clauses, clause, places):
        assert points(clauses[clause])["amount"].rests_on == places


class TestTouched:
    @pytest.mark.parametrize(
        ("key", "place", "touched"),
        [
            ("amount", "projects.investment", True),
            ("amount", "projects.name", False),
            ("amount", "projects", True),  # a row came or went
            ("amount", "Y.revenue", False),
            ("facts", "projects.name", True),
            ("facts", "Y.revenue", False),
            ("figures", "Y.revenue", True),
            ("figures", "projects", False),
            ("evidence:invoice", "evidence:invoice", True),
            ("evidence:invoice", "evidence:licence", False),
            ("evidence:shared", "evidence:licence", True),
            ("evidence:shared", "evidence:invoice", False),
        ],
    )
    def test_by_a_change_in_a_place_it_rests_on(self, clauses, key, place, touched):
        assert points(clauses["3.4.5"])[key].is_touched_by([place]) is touched

    def test_by_nothing_when_nothing_changed(self, clauses):
        assert not any(point.is_touched_by([]) for point in points(clauses["3.4.5"]).values())


class TestOwn:
    @pytest.mark.parametrize(
        ("wanted", "own"),
        [
            (("figures",), {"figures"}),
            (("amount",), {"amount"}),
            (("evidence", "condition"), {"condition:1", "evidence:shared", "evidence:invoice"}),
            (None, {"condition:1", "figures", "facts", "evidence:shared", "evidence:invoice", "amount"}),
        ],
    )
    def test_by_key_or_kind_all_without_a_setting(self, clauses, wanted, own):
        assert own_keys(list(points(clauses["3.2.3"]).values()), wanted) == own

    def test_a_setting_that_names_nothing_here_leaves_all(self, clauses):
        found = list(points(clauses["3.4.5"]).values())
        assert own_keys(found, ("condition",)) == {point.key for point in found}
