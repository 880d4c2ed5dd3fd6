"""Open points: every one has a form and words, is confirmed once, and changes by a dated row after a preview."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from policies.actions.settings import REASON_LENGTH, change_setting, confirm_setting
from policies.models import PolicySetting
from policies.open_points import OPEN_POINTS, value_faults
from policies.queries import governing_day, setting_value, settings_in_force
from policies.queries.settings_page import setting_row, stretches
from policies.setting_forms import setting_form
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.applications import make_company, make_filed
from tests.factories.policies import AT

pytestmark = pytest.mark.django_db
YEAR_2025 = dt.date(2025, 1, 1)
SLUG = "hongfufa-2023-30"
UNITS, CLAUSES = {"gongxin", "shuiwu"}, {"3.4.5"}


@pytest.fixture
def administrator():
    return AdministratorFactory()


def point(key):
    return PolicySetting.objects.filter(key=key).latest("number")


def change(key, value, valid_from=YEAR_2025, *, by, **kwargs):
    return change_setting(point(key), value=value, valid_from=valid_from, reason="会议纪要", by=by, at=AT, **kwargs)


# ------------------------------------------------------------------------------------------------ what there is


def test_every_point_of_the_shipped_policy_is_read_by_something_and_every_point_read_is_there(loaded):
    assert set(PolicySetting.objects.filter(document=loaded).values_list("key", flat=True)) == set(OPEN_POINTS)


def test_every_shipped_value_passes_its_own_check_and_comes_back_from_its_form(loaded):
    for row in PolicySetting.objects.filter(document=loaded):
        form = setting_form(row)
        bound = setting_form(row, {**_sent(form), "valid_from": "2026-05-01", "reason": "依据"})
        assert bound.is_valid(), (row.key, bound.errors)
        assert bound.value() == row.value, row.key


def _sent(form):
    """What the browser would send of a form as it is shown."""
    shown = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in shown.items() if value is not None and value is not False}


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("day_count", 364, "value"),
        ("loan_cap", 1, "value"),
        ("lpr_pick", "monthly", "value"),
        ("city_share", "050%", "value"),
        ("city_share", "101%", "value"),
        ("governing_day", "02-29", "value"),
        ("governing_day", "13-01", "value"),
        ("newly_introduced_years", 0, "value"),
        ("recovery_ban_years", True, "value"),
        ("correction_days", 1000, "value"),
        ("cap_override_unit", "nobody", "value"),
        ("stage_days", {"lead": 0}, "lead"),
        ("stage_days", {"tea": 3}, ""),
        ("stage_days", [10], "value"),
        ("audit_sampling", {"per_mille": 1001, "clauses": []}, "per_mille"),
        ("audit_sampling", {"per_mille": 5, "clauses": ["9.9"]}, "clauses"),
        ("opinion_points", {"nobody": ["figures"]}, ""),
        ("opinion_points", {"shuiwu": ["weather"]}, "unit_shuiwu"),
        ("opinion_points", {"shuiwu": []}, "unit_shuiwu"),
        ("opinion_visibility", {"opinions": "never", "amounts": True}, "opinions"),
        ("opinion_visibility", {"opinions": "lead", "amounts": "no"}, "amounts"),
        ("expert_panel", {"size": 3, "criteria": []}, "name_1"),
        ("expert_panel", {"size": 0, "criteria": [{"name": "创新", "points": 10}]}, "size"),
        ("expert_panel", {"size": 3, "criteria": [{"name": "创新", "points": 0}]}, "points_1"),
        ("expert_panel", {"size": 3, "criteria": [{"name": "", "points": 5}]}, "name_1"),
        ("expert_panel", {"size": 3, "criteria": [{"name": "创新", "points": 5}] * 2}, "name_2"),
        ("expert_panel", {"size": 3, "criteria": [{"name": f"第{n}项", "points": 5} for n in range(13)]}, ""),
    ],
)
def test_a_value_of_another_form_is_refused_at_its_field(key, value, field):
    faults = value_faults(key, value, units=UNITS, clauses=CLAUSES)
    assert set(faults) == {field}
    assert all(sentence.endswith("。") for sentences in faults.values() for sentence in sentences)


# ----------------------------------------------------------------------------------------------- dated reading


def test_a_later_row_holds_from_its_day_on_also_over_what_was_planned(loaded, administrator):
    change("day_count", 365, YEAR_2025, by=administrator)
    change("day_count", 360, dt.date(2024, 6, 1), by=administrator)
    rows = PolicySetting.objects.filter(key="day_count")
    assert [(one.row.number, one.first, one.last) for one in stretches(rows)] == [
        (1, dt.date(2023, 10, 10), dt.date(2024, 5, 31)),
        (3, dt.date(2024, 6, 1), None),
    ]
    assert setting_value(loaded, "day_count", 2025) == 360
    states = {one.row.number: one.state for one in setting_row(loaded, "day_count", today=AT.date()).history}
    assert states == {1: "past", 2: "replaced", 3: "present"}


def test_a_moved_governing_day_leaves_the_years_before_alone(loaded, administrator):
    change("governing_day", "06-30", YEAR_2025, by=administrator)
    assert [governing_day(loaded, year) for year in (2024, 2025)] == [dt.date(2024, 12, 31), dt.date(2025, 6, 30)]


def test_a_point_read_by_day_shows_the_value_of_today_and_the_one_to_come(loaded, administrator):
    start = AT.date() + dt.timedelta(days=30)
    change("correction_days", 7, start, by=administrator)
    before = setting_row(loaded, "correction_days", today=AT.date())
    assert (before.words, [one.words for one in before.planned]) == ("5个工作日", ["7个工作日"])
    assert setting_row(loaded, "correction_days", today=start).words == "7个工作日"


# -------------------------------------------------------------------------------------------------- changing


def test_a_change_is_a_new_confirmed_row_with_its_reason_in_the_record(loaded, administrator):
    changed = change("city_share", "60%", by=administrator)
    assert (changed.number, changed.default, changed.confirmed_by) == (2, "50%", administrator)
    assert (setting_value(loaded, "city_share", 2024), setting_value(loaded, "city_share", 2025)) == ("50%", "60%")
    event = history(changed).get(event="policies.setting_changed")
    assert event.data["before"] == "50%"
    assert event.data["after"] == "60%"
    assert event.data["reason"] == "会议纪要"


def test_only_administrators_change_and_confirm(loaded):
    for person in (UserFactory(), AuditorFactory()):
        with pytest.raises(NotAllowed):
            change("day_count", 365, by=person)
        with pytest.raises(NotAllowed):
            confirm_setting(point("day_count"), by=person, at=AT)
    assert PolicySetting.objects.filter(key="day_count").count() == 1


@pytest.mark.parametrize(
    ("key", "value", "valid_from", "field"),
    [
        ("day_count", 360, YEAR_2025, "value"),
        ("day_count", 365, dt.date(2023, 1, 1), "valid_from"),
        ("day_count", 365, dt.date(2026, 1, 1), "valid_from"),
        ("stage_days", {"lead": 15}, dt.date(2026, 3, 1), "valid_from"),
    ],
)
def test_what_would_change_nothing_or_lies_where_nobody_reads_it_is_refused(
    loaded, administrator, key, value, valid_from, field
):
    with pytest.raises(Invalid) as refused:
        change(key, value, valid_from, by=administrator)
    assert set(refused.value.errors) == {field}


def test_every_fault_is_told_at_once(loaded, administrator):
    with pytest.raises(Invalid) as refused:
        change_setting(
            point("day_count"),
            value=1,
            valid_from=dt.date(2030, 1, 1),
            reason="长" * (REASON_LENGTH + 1),
            by=administrator,
            at=AT,
        )
    assert set(refused.value.errors) == {"value", "valid_from", "reason"}


def test_the_value_of_before_cancels_what_was_planned(loaded, administrator):
    start = AT.date() + dt.timedelta(days=30)
    change("correction_days", 7, start, by=administrator)
    change("correction_days", 5, start, by=administrator)
    assert setting_row(loaded, "correction_days", today=start).words == "5个工作日"


def test_a_point_that_nothing_reads_cannot_be_changed(loaded, administrator):
    row = PolicySetting.objects.create(
        document=loaded, key="weather", valid_from=loaded.valid_from, label="天气", value=1, default=1, reason="试"
    )
    assert setting_form(row) is None
    with pytest.raises(Invalid, match="没有功能读取"):
        change_setting(row, value=2, valid_from=YEAR_2025, reason="试", by=administrator, at=AT)


def test_a_change_of_a_year_with_filed_files_is_told_and_needs_a_word(loaded, administrator):
    make_filed(make_company(), "3.4.5", year=2025)
    with pytest.raises(Invalid, match="2025年度 1 件"):
        change("cap_allocation", "clause_order", by=administrator)
    changed = change("cap_allocation", "clause_order", by=administrator, acknowledged=True)
    assert history(changed).get(event="policies.setting_changed").data["filed"] == {"2025": 1}


def test_of_two_at_once_the_second_is_told(loaded, administrator):
    seen = point("day_count")
    change("day_count", 365, by=administrator)
    with pytest.raises(Conflict, match=str(administrator)):
        change_setting(seen, value=365, valid_from=YEAR_2025, reason="同时", by=AdministratorFactory(), at=AT)
    with pytest.raises(Conflict):
        confirm_setting(seen, by=administrator, at=AT)


# ----------------------------------------------------------------------------------------------------- pages


def address(name, key=None):
    return reverse(f"editing:{name}", args=[SLUG, key] if key else [SLUG])


def test_the_list_says_what_is_a_default_that_nobody_confirmed(client, loaded, administrator):
    client.force_login(administrator)
    html = client.get(address("settings")).content.decode()
    assert f"{len(settings_in_force(loaded, 2025))} 项是默认值，待确认" in html
    confirm = address("setting_confirm", "day_count")
    assert client.post(confirm, {"seen": "1"}).status_code == 302
    html = client.get(address("settings")).content.decode()
    assert "默认值，已确认" in html
    assert str(administrator) in html
    again = client.post(confirm, {"seen": "1"})
    assert (again.status_code, "已被确认或修改" in again.content.decode()) == (409, True)


def test_a_new_value_is_shown_in_words_before_it_is_saved(client, loaded, administrator):
    client.force_login(administrator)
    place, sent = address("setting_change", "stage_days"), stage_days(lead="15")
    shown = client.post(place, sent)
    html = shown.content.decode()
    assert (shown.status_code, "预览：还没有保存" in html, "牵头审核15" in html) == (200, True, True)
    assert PolicySetting.objects.filter(key="stage_days").count() == 1
    fingerprint = shown.context["fingerprint"]
    other = client.post(place, {**stage_days(lead="16"), "step": "save", "previewed": fingerprint})
    assert "在预览后有改动" in other.content.decode()
    saved = client.post(place, {**sent, "step": "save", "previewed": fingerprint})
    assert saved.status_code == 302
    assert point("stage_days").value["lead"] == 15


def test_faults_are_told_at_their_fields_and_nothing_typed_is_lost(client, loaded, administrator):
    client.force_login(administrator)
    answer = client.post(address("setting_change", "stage_days"), stage_days(lead="0", audit="许多", reason="先试行"))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_audit"' in html
    assert "许多" in html
    assert "先试行" in html
    answer = client.post(address("setting_change", "stage_days"), stage_days(lead="0", reason=""))
    assert "牵头审核：请填写 1 至 366 的整数。" in answer.content.decode()
    assert set(answer.context["form"].errors) == {"lead", "reason"}


def test_a_conflict_keeps_what_was_typed_and_shows_the_newer_value(client, loaded, administrator):
    client.force_login(administrator)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    sent = {"number": "9", "valid_from": tomorrow.isoformat(), "reason": "会议决定", "seen": "1"}
    row = point("correction_days")
    change_setting(row, value=7, valid_from=tomorrow, reason="先到", by=AdministratorFactory(), at=timezone.now())
    answer = client.post(address("setting_change", "correction_days"), sent)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="9"' in html
    assert "会议决定" in html
    assert "7个工作日" in html
    again = client.post(address("setting_change", "correction_days"), {**sent, "seen": "2"})
    assert again.status_code == 200


def test_a_line_of_a_scoring_sheet_behind_an_empty_one_keeps_its_fault(client, loaded, administrator):
    client.force_login(administrator)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    sent = {"size": "3", "name_1": "创新", "points_1": "60", "name_3": "团队", "points_3": "0", "seen": "1"}
    answer = client.post(
        address("setting_change", "expert_panel"), {**sent, "valid_from": tomorrow.isoformat(), "reason": "依据"}
    )
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["points_3"]


def test_auditors_read_without_forms(client, loaded):
    client.force_login(AuditorFactory())
    html = client.get(address("setting", "stage_days")).content.decode()
    assert "历次取值" in html
    assert "确认该取值" not in html
    assert "setting_change" not in html
    assert client.post(address("setting_change", "stage_days"), stage_days()).status_code == 403


def stage_days(**values):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    days = {"preliminary": 10, "consultation": 5, "expert": 20, "audit": 20, "lead": 10, "confirmation": 5}
    days |= {"publicity": 7, "objection": 10, "approval": 5, "payment": 10}
    return {**days, "valid_from": tomorrow.isoformat(), "reason": "试行", "seen": "1"} | values
