"""From brackets to stages: on every bracket that the policy prints, and on what the pure function promises."""

from datetime import date, timedelta

import pytest
from django.conf import settings as site

from accounts.enums import UnitKind
from accounts.models import Unit
from applications.actions import withdraw_application
from common.audit.queries import history
from common.errors import Invalid
from policies.actions.settings import change_setting
from policies.models import ClauseVersion, PolicySetting
from reviews.actions import close_withdrawn_case, open_case
from reviews.enums import StageKind, StageState, TaskState
from reviews.queries.routes import bracket_of, procedure_settings
from reviews.routing import OPEN_GROUP, Bracket, RouteDays, is_drawn, route_for
from tests.factories.accounts import AdministratorFactory
from tests.factories.applications import AT, YEAR, make_company, make_filed
from tests.factories.reviews import case_of, make_case
from tests.factories.routes import republish, set_policy
from tests.policies.test_brackets import FULL, PRINTED

WITHOUT_WANLI = "各县区（开发区）"
OPEN = "市各有关单位"
P, C, L, F = StageKind.PRELIMINARY, StageKind.CONSULTATION, StageKind.LEAD, StageKind.CONFIRMATION
E, A = StageKind.EXPERT, StageKind.AUDIT
#: The one clause that the policy lets experts rank (3.4.4: 经专家评审).
RANKED = "3.4.4"


def expected(clause_id: str, district: str) -> list[tuple[StageKind, tuple[str, ...], bool]]:
    """The stages as a person reads them off the printed bracket, independent of the product: kind, units, whether
    the lead still has to name somebody."""

    def people(printed: str) -> tuple[str, ...]:
        names = []
        for name in printed.split():
            if name == OPEN or (name == WITHOUT_WANLI and district == "湾里管理局"):
                continue
            names.append(district if name in {FULL, WITHOUT_WANLI} else name)
        return tuple(names)

    lead, cooperating, responsible = map(people, PRINTED[clause_id])
    to_name = OPEN in PRINTED[clause_id][1].split()
    stages = [
        (P, responsible, False),
        (C, cooperating, to_name),
        (E, lead[:1] if clause_id == RANKED else (), False),
        (L, lead, False),
        (F, ("市工信局",) if PRINTED[clause_id][0] == FULL else (), False),
    ]
    return [stage for stage in stages if stage[1] or stage[2]]


@pytest.mark.parametrize("clause_id", PRINTED)
def test_every_printed_bracket_becomes_its_route_in_every_district(policies_loaded, clause_id):
    version = ClauseVersion.objects.get(clause__document=policies_loaded, clause__clause_id=clause_id)
    bracket, groups = bracket_of(version)
    settings = procedure_settings(policies_loaded)
    districts = list(Unit.objects.filter(kind=UnitKind.DISTRICT).values_list("name", flat=True))
    assert {"高新区", "湾里管理局"} < set(districts)
    for district in districts:
        route = route_for(
            bracket,
            district=district,
            groups=groups,
            days=settings.days,
            confirming_unit=settings.confirming_unit,
            expert=version.definition.get("competitive", False),
        )
        planned = [(stage.kind, stage.units, stage.open_group) for stage in route.stages]
        assert planned == expected(clause_id, district), district


GROUPS = {"R-full": frozenset({"高新区", "湾里管理局"}), "R-noWL": frozenset({"高新区"})}


def route(bracket: Bracket, district: str = "高新区", **values):
    planned = route_for(bracket, district=district, groups=GROUPS, confirming_unit="市工信局", **values)
    return [(stage.kind, stage.units) for stage in planned.stages]


class TestPure:
    def test_nobody_consulted_means_no_consultation(self):
        assert route(Bracket(("市工信局",), (), ("R-full",))) == [(P, ("高新区",)), (L, ("市工信局",))]

    def test_a_district_left_out_of_the_group_does_not_review(self):
        bracket = Bracket(("市商务局",), ("市工信局", "市财政局"), ("R-noWL",))
        assert route(bracket, "湾里管理局") == [(C, ("市工信局", "市财政局")), (L, ("市商务局",))]
        assert route(bracket)[0] == (P, ("高新区",))

    def test_where_the_district_leads_the_city_confirms(self):
        assert route(Bracket(("R-full",))) == [(L, ("高新区",)), (F, ("市工信局",))]

    def test_two_leads_keep_their_printed_order(self):
        bracket = Bracket(("市商务局", "市工信局"), ("市财政局", "市税务局"), ("R-full",))
        assert route(bracket)[2] == (L, ("市商务局", "市工信局"))
        assert route(bracket)[1] == (C, ("市财政局", "市税务局"))

    @pytest.mark.parametrize(
        "bracket",
        [
            Bracket(("市工信局",), (OPEN_GROUP,)),
            Bracket(("市工信局", OPEN_GROUP)),
            Bracket(("市工信局",), (), (OPEN_GROUP,)),
        ],
    )
    def test_an_open_group_is_consulted_whoever_it_turns_out_to_be(self, bracket):
        planned = route_for(bracket, district="高新区", groups=GROUPS, confirming_unit="市工信局")
        assert [(stage.kind, stage.units, stage.open_group) for stage in planned.stages] == [
            (C, (), True),
            (L, ("市工信局",), False),
        ]
        assert [row.get("open_group") for row in planned.as_data()] == [True, None]

    def test_an_open_group_joins_the_units_that_are_named(self):
        assert route(Bracket(("市工信局",), ("市财政局", OPEN_GROUP)))[0] == (C, ("市财政局",))

    def test_experts_and_auditors_come_between_the_consulted_and_the_lead(self):
        bracket = Bracket(("市科技局", "市工信局"), ("市财政局",), ("R-full",))
        assert route(bracket, expert=True, audit=True) == [
            (P, ("高新区",)),
            (C, ("市财政局",)),
            (E, ("市科技局",)),
            (A, ("市科技局",)),
            (L, ("市科技局", "市工信局")),
        ]
        assert [kind for kind, _ in route(Bracket(("R-full",)), audit=True)] == [A, L, F]

    def test_a_unit_named_twice_acts_once(self):
        assert route(Bracket(("市工信局",), ("市财政局", "市财政局")))[0] == (C, ("市财政局",))

    @pytest.mark.parametrize("lead", [(), (OPEN_GROUP,), ("R-noWL",)])
    def test_without_a_lead_there_is_no_route(self, lead):
        with pytest.raises(Invalid, match="没有能够办理本申报的牵头单位"):
            route(Bracket(lead, ("市财政局",)), "湾里管理局")

    def test_days_come_from_the_settings(self):
        days = RouteDays(preliminary=3, consultation=4, expert=8, audit=9, lead=6, confirmation=7)
        planned = route_for(
            Bracket(("R-full",), ("市财政局",), ("R-full",)),
            district="高新区",
            groups=GROUPS,
            days=days,
            confirming_unit="市工信局",
            expert=True,
            audit=True,
        )
        assert [stage.days for stage in planned.stages] == [3, 4, 8, 9, 6, 7]


def drawn(uscc: str, *, per_mille: int, secret: str = "secret", clause_id: str = "3.4.5", policy_year: int = 2024):
    return is_drawn(uscc, clause_id=clause_id, policy_year=policy_year, secret=secret, per_mille=per_mille)


class TestDraw:
    CODES = tuple(f"9136010{number:011d}" for number in range(4000))

    def test_none_all_and_about_as_many_as_asked_for(self):
        counts = [sum(drawn(code, per_mille=asked) for code in self.CODES) for asked in (0, 50, 1000)]
        assert counts[0] == 0
        assert 150 < counts[1] < 250
        assert counts[2] == len(self.CODES)

    def test_whoever_knows_the_secret_can_repeat_it_and_nobody_else_foresees_it(self):
        first, again, other = (
            [drawn(code, per_mille=500, secret=secret) for code in self.CODES] for secret in ("one", "one", "two")
        )
        assert first == again
        agreeing = sum(here == there for here, there in zip(first, other, strict=True))
        assert 0.45 < agreeing / len(self.CODES) < 0.55

    def test_clauses_and_years_are_drawn_apart(self):
        base = [drawn(code, per_mille=500) for code in self.CODES]
        assert [drawn(code, per_mille=500, clause_id="3.4.4") for code in self.CODES] != base
        assert [drawn(code, per_mille=500, policy_year=2025) for code in self.CODES] != base

    def test_asking_for_more_keeps_who_was_drawn(self):
        assert all(drawn(code, per_mille=100) for code in self.CODES if drawn(code, per_mille=50))


class TestSettings:
    def test_of_the_shipped_policy(self, policies_loaded):
        settings = procedure_settings(policies_loaded)
        assert settings.days == RouteDays(preliminary=10, consultation=5, expert=20, audit=20, lead=10, confirmation=5)
        assert settings.confirming_unit == "市工信局"
        assert settings.correction_days == 5
        assert settings.correction_lapses is True
        assert (settings.audit_per_mille, settings.audit_clauses) == (0, ())
        assert (settings.opinions_visible, settings.amounts_visible) == ("after_own", True)
        assert settings.panel_size == 3
        assert sum(points for _, points in settings.criteria) == 100

    def test_each_is_shown_as_a_default_that_nobody_confirmed(self, policies_loaded):
        rows = PolicySetting.objects.filter(document=policies_loaded, key__in=["audit_sampling", "stage_days"])
        assert len(rows) == 2
        assert not any(row.is_confirmed for row in rows)

    def test_a_changed_setting_holds_from_its_day_on(self, policies_loaded):
        row = PolicySetting.objects.get(document=policies_loaded, key="stage_days")
        start = date(2026, 5, 1)
        longer = {**row.value, "lead": 15}
        change_setting(row, value=longer, valid_from=start, reason="试行", by=AdministratorFactory(), at=AT)
        assert procedure_settings(policies_loaded, on=start - timedelta(days=1)).days.lead == 10
        assert procedure_settings(policies_loaded, on=start).days.lead == 15

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("stage_days", {"lead": 0}),
            ("stage_days", {"lead": "十"}),
            ("audit_sampling", {"per_mille": 1001}),
            ("audit_sampling", "每千件五件"),
            ("opinion_visibility", {"opinions": "sometimes"}),
            ("expert_panel", {"criteria": [{"name": "创新性"}]}),
        ],
    )
    def test_a_value_that_cannot_be_used_is_named(self, policies_loaded, key, value):
        rows = PolicySetting.objects.filter(document=policies_loaded, key=key)
        label = rows.get().label
        rows.update(value=value)
        with pytest.raises(Invalid, match=f"“{label}”的取值不能使用"):
            procedure_settings(policies_loaded)


class TestOpening:
    def test_the_case_holds_the_route_and_opens_its_first_stage(self, company):
        revision = make_filed(company, "3.2.3")
        case = case_of(revision)
        assert [row["units"] for row in case.route] == [
            ["高新区"],
            ["市财政局", "市税务局"],
            ["市商务局", "市工信局"],
        ]
        states = list(case.stages.values_list("kind", "state"))
        assert states == [(P, StageState.OPEN), (C, StageState.WAITING), (L, StageState.WAITING)]
        tasks = {task.unit.name: (task.state, task.is_keeper) for s in case.stages.all() for task in s.tasks.all()}
        assert tasks == {
            "高新区": (TaskState.OPEN, False),
            "市财政局": (TaskState.WAITING, False),
            "市税务局": (TaskState.WAITING, False),
            "市商务局": (TaskState.WAITING, True),
            "市工信局": (TaskState.WAITING, False),
        }

    def test_competitive_files_go_before_experts(self, company):
        case = make_case(company, "3.4.4")
        assert [(stage.kind, stage.days) for stage in case.stages.all()] == [(P, 10), (C, 5), (E, 20), (L, 10)]
        assert case.stages.get(kind=E).tasks.get().unit.name == "市科技局"
        assert [stage.tasks.filter(is_keeper=True).count() for stage in case.stages.all()] == [0, 0, 0, 1]

    def test_without_a_responsible_unit_the_review_begins_later(self, company):
        republish("3.4.5", cooperating=["市财政局"], responsible=[])
        case = make_case(company)
        assert list(case.stages.values_list("kind", "state")) == [(C, StageState.OPEN), (L, StageState.WAITING)]

    def test_an_open_group_opens_without_anybody_and_waits_for_the_lead(self, company):
        republish("3.4.5", cooperating=[OPEN], responsible=[])
        stage = make_case(company).stages.first()
        assert (stage.kind, stage.state, stage.open_group) == (C, StageState.OPEN, True)
        assert not stage.tasks.exists()

    def test_opened_twice_it_is_one_case(self, company):
        revision = make_filed(company)
        first = open_case(revision=revision, at=AT)
        assert open_case(revision=revision, at=AT) == first
        assert first.stages.count() == 2

    def test_an_enterprise_that_moves_later_does_not_move_the_file(self, company):
        revision = make_filed(company)
        case = open_case(revision=revision, at=AT)
        company.enterprise.district = Unit.objects.get(name="经开区")
        company.enterprise.save(update_fields=["district"])
        assert open_case(revision=revision, at=AT).route == case.route
        assert [stage.tasks.get().unit.name for stage in case.stages.all()] == ["高新区", "市工信局"]

    def test_another_version_of_the_clause_does_not_move_the_file(self, company, stranger):
        revision = make_filed(company, "3.2.3")
        republish("3.2.3", lead=["市工信局"], cooperating=["市金融办"], responsible=[])
        kinds = [
            (stage.kind, [task.unit.name for task in stage.tasks.all()]) for stage in case_of(revision).stages.all()
        ]
        assert kinds == [(P, ["高新区"]), (C, ["市财政局", "市税务局"]), (L, ["市商务局", "市工信局"])]
        later = make_case(stranger, "3.2.3")
        assert [row["units"] for row in later.route] == [["市金融办"], ["市工信局"]]

    def test_days_changed_later_do_not_move_the_file(self, company):
        case = make_case(company)
        set_policy("stage_days", {"preliminary": 1, "lead": 1})
        assert open_case(revision=case.application.revisions.get(), at=AT).route == case.route
        assert [stage.days for stage in case.stages.all()] == [10, 10]

    def test_without_a_confirming_unit_the_filing_says_so(self, company, policies_loaded):
        PolicySetting.objects.filter(document=policies_loaded, key="city_confirms_district_lead").delete()
        with pytest.raises(Invalid, match="县区牵头条款的市级确认单位"):
            procedure_settings(policies_loaded)

    def test_the_district_of_the_enterprise_reviews(self, policies_loaded):
        case = open_case(revision=make_filed(make_company(district="湾里管理局")), at=AT)
        assert case.stages.get(kind=P).tasks.get().unit.name == "湾里管理局"


class TestSampling:
    def drawn_event(self, case):
        return history(case).get(event="case.opened").data

    def test_by_default_nobody_is_drawn_and_the_record_says_so(self, company):
        case = make_case(company)
        assert case.sampled is False
        assert (self.drawn_event(case)["sampled"], self.drawn_event(case)["per_mille"]) == (False, 0)
        assert not case.stages.filter(kind=A).exists()

    def test_whoever_is_drawn_is_audited_before_the_lead(self, company):
        set_policy("audit_sampling", {"per_mille": 1000, "clauses": []})
        case = make_case(company, "3.4.4")
        assert case.sampled is True
        assert [stage.kind for stage in case.stages.all()] == [P, C, E, A, L]
        assert case.stages.get(kind=A).days == 20
        assert case.stages.get(kind=A).tasks.get().unit.name == "市科技局"
        assert (self.drawn_event(case)["sampled"], self.drawn_event(case)["per_mille"]) == (True, 1000)

    def test_only_of_the_clauses_that_are_named(self, company, stranger):
        set_policy("audit_sampling", {"per_mille": 1000, "clauses": ["3.4.4"]})
        assert make_case(company, "3.4.5").sampled is False
        assert make_case(stranger, "3.4.4").sampled is True

    @pytest.mark.parametrize("drawn", [True, False])
    def test_withdrawing_and_filing_again_is_no_second_draw(self, company, drawn):
        """At 500 of 1000 a new draw for each number would give another answer for some of five numbers."""
        code = next(f"9136010000000{n:05d}" for n in range(99) if half(f"9136010000000{n:05d}") is drawn)
        company.enterprise.uscc = code
        company.enterprise.save(update_fields=["uscc"])
        set_policy("audit_sampling", {"per_mille": 500, "clauses": []})
        answers = []
        for _ in range(5):
            case = make_case(company)
            answers.append(case.sampled)
            withdraw_application(application=case.application, reason="重新申报", by=company.legal, at=AT)
            close_withdrawn_case(application=case.application, at=AT)
        assert answers == [drawn] * 5


def half(code: str) -> bool:
    """Whether half of all files would include this enterprise's."""
    return is_drawn(code, clause_id="3.4.5", policy_year=YEAR, secret=site.SECRET_KEY, per_mille=500)
