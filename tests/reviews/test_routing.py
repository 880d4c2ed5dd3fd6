"""From brackets to stages: on every bracket that the policy prints, and on what the pure function promises."""

import pytest

from accounts.models import Unit
from common.errors import Invalid
from policies.models import ClauseVersion, PolicySetting
from reviews.actions import open_case
from reviews.enums import StageKind, StageState, TaskState
from reviews.queries.routes import bracket_of, procedure_settings
from reviews.routing import OPEN_GROUP, Bracket, RouteDays, route_for
from tests.factories.applications import AT, make_company, make_filed
from tests.factories.reviews import case_of
from tests.policies.test_brackets import FULL, PRINTED

WITHOUT_WANLI = "各县区（开发区）"
OPEN = "市各有关单位"
P, C, L, F = StageKind.PRELIMINARY, StageKind.CONSULTATION, StageKind.LEAD, StageKind.CONFIRMATION


def expected(clause_id: str, district: str) -> list[tuple[StageKind, tuple[str, ...]]]:
    """The stages as a person reads them off the printed bracket, independent of the product."""

    def people(printed: str) -> tuple[str, ...]:
        names = []
        for name in printed.split():
            if name == OPEN or (name == WITHOUT_WANLI and district == "湾里管理局"):
                continue
            names.append(district if name in {FULL, WITHOUT_WANLI} else name)
        return tuple(names)

    lead, cooperating, responsible = map(people, PRINTED[clause_id])
    stages = [(P, responsible), (C, cooperating), (L, lead)]
    if PRINTED[clause_id][0] == FULL:
        stages.append((F, ("市工信局",)))
    return [(kind, names) for kind, names in stages if names]


@pytest.mark.parametrize("district", ["高新区", "南昌县（小蓝经开区）", "湾里管理局"])
@pytest.mark.parametrize("clause_id", PRINTED)
def test_every_printed_bracket_becomes_its_route(policies_loaded, clause_id, district):
    version = ClauseVersion.objects.get(clause__document=policies_loaded, clause__clause_id=clause_id)
    bracket, groups = bracket_of(version)
    settings = procedure_settings(policies_loaded)
    route = route_for(
        bracket, district=district, groups=groups, days=settings.days, confirming_unit=settings.confirming_unit
    )
    assert [(stage.kind, stage.units) for stage in route.stages] == expected(clause_id, district)


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

    def test_an_open_group_names_nobody(self):
        assert route(Bracket(("市工信局",), (OPEN_GROUP,))) == [(L, ("市工信局",))]
        assert route(Bracket(("市工信局",), ("市财政局", OPEN_GROUP)))[0] == (C, ("市财政局",))

    def test_a_unit_named_twice_acts_once(self):
        assert route(Bracket(("市工信局",), ("市财政局", "市财政局")))[0] == (C, ("市财政局",))

    @pytest.mark.parametrize("lead", [(), (OPEN_GROUP,), ("R-noWL",)])
    def test_without_a_lead_there_is_no_route(self, lead):
        with pytest.raises(Invalid, match="没有能够办理本申报的牵头单位"):
            route(Bracket(lead, ("市财政局",)), "湾里管理局")

    def test_days_come_from_the_settings(self):
        days = RouteDays(preliminary=3, consultation=4, lead=6, confirmation=7)
        planned = route_for(
            Bracket(("R-full",), ("市财政局",), ("R-full",)),
            district="高新区",
            groups=GROUPS,
            days=days,
            confirming_unit="市工信局",
        )
        assert [stage.days for stage in planned.stages] == [3, 4, 6, 7]


def test_settings_of_the_shipped_policy(policies_loaded):
    settings = procedure_settings(policies_loaded)
    assert settings.days == RouteDays(10, 5, 10, 5)
    assert settings.confirming_unit == "市工信局"
    assert settings.correction_days == 5
    assert settings.correction_lapses is True


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

    def test_without_a_confirming_unit_the_filing_says_so(self, company, policies_loaded):
        PolicySetting.objects.filter(document=policies_loaded, key="city_confirms_district_lead").delete()
        with pytest.raises(Invalid, match="县区牵头条款的市级确认单位"):
            procedure_settings(policies_loaded)

    def test_the_district_of_the_enterprise_reviews(self, policies_loaded):
        case = open_case(revision=make_filed(make_company(district="湾里管理局")), at=AT)
        assert case.stages.get(kind=P).tasks.get().unit.name == "湾里管理局"
