"""The pages of simulations: who sees them, how a question is asked, what the answer shows, what is refused."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Notification
from awards.actions import start_simulation
from awards.forms.change import name_of
from awards.models import Simulation
from common.outbox.actions import run_owed
from policies.queries import published_policy
from policies.rules.change import adjustable
from tests.awards.simulation.conftest import LARGE, LOWER, SMALL, SmallYear
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import AT, POLICY, YEAR
from tests.factories.reviews import LATER, approver, officer

LIST, NEW = reverse("awards:simulations"), reverse("awards:simulation_new")
ADDRESSES = ("simulation", "simulation_json", "simulation_xlsx")


def signed_in(user) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def choice(small_year: SmallYear, year: int = YEAR) -> str:
    return f"{small_year.document.slug}:{year}"


def field(section: str, key: str) -> str:
    """The name of a place's field in the form."""
    places = adjustable(published_policy(POLICY, YEAR))
    return name_of(next(place for place in places if (place.section, place.key) == (section, key)))


def groups() -> dict[str, list[str]]:
    """What a browser sends for the groups that nobody touched."""
    places = adjustable(published_policy(POLICY, YEAR))
    return {name_of(place): list(place.value) for place in places if place.kind == "clauses"}


def ask(client: Client, small_year: SmallYear, **values):
    return client.post(NEW, {"mode": "fields", "choice": choice(small_year), **groups(), **values})


@pytest.fixture
def done(small_year: SmallYear, administrator) -> Simulation:
    simulation = start_simulation(document=small_year.document, policy_year=YEAR, change=LOWER, by=administrator, at=AT)
    run_owed(at=LATER)
    simulation.refresh_from_db()
    return simulation


class TestWhoSees:
    @pytest.mark.parametrize("who", ["legal", "agent", "handler", "approver", "anonymous"])
    def test_enterprises_officers_and_strangers_are_refused(self, small_year: SmallYear, done, who):
        user = {
            "legal": lambda: small_year.large.legal,
            "agent": lambda: small_year.large.agent,
            "handler": lambda: officer("市工信局"),
            "approver": lambda: approver("市财政局"),
            "anonymous": lambda: None,
        }[who]()
        client = signed_in(user)
        refused = 302 if user is None else 403
        paths = [LIST, NEW, *(reverse(f"awards:{name}", args=[done.pk]) for name in ADDRESSES)]
        paths.append(reverse("awards:simulation_progress", args=[done.pk]))
        assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, refused)
        for path in (NEW, reverse("awards:simulation_again", args=[done.pk])):
            # What somebody sent is kept on a page of its own where the session is over.
            assert client.post(path).status_code == (401 if user is None else 403)
        assert Simulation.objects.count() == 1
        assert not Simulation.objects.visible_to(user or client.get("/").wsgi_request.user).exists()

    def test_auditors_read_and_do_not_start(self, small_year: SmallYear, done):
        client = signed_in(AuditorFactory())
        for path in [LIST, *(reverse(f"awards:{name}", args=[done.pk]) for name in ADDRESSES)]:
            assert client.get(path).status_code == 200, path
        assert "新的模拟" not in client.get(LIST).content.decode()
        assert client.get(NEW).status_code == 403
        assert client.post(reverse("awards:simulation_again", args=[done.pk])).status_code == 403
        assert ask(client, small_year, **{field("3.4.5", "award.each.rate"): "40"}).status_code == 403

    def test_the_navigation_names_it_and_marks_one_entry(self, done, administrator):
        for user in (administrator, AuditorFactory()):
            page = signed_in(user).get(LIST).content.decode()
            nav = page[page.index("nav-wide") : page.index("nav-menu")]
            assert "政策模拟" in nav
            assert nav.count('aria-current="page"') == 1


class TestAsking:
    def test_years_are_chosen_first(self, small_year: SmallYear, administrator):
        client = signed_in(administrator)
        page = client.get(NEW).content.decode()
        assert f"{YEAR} 年度（已提交 4 件）" in page
        assert "开始模拟" not in page
        # the newest year that somebody filed in stands chosen, not the newest that the policy governs
        assert f'<option value="{choice(small_year)}" selected>' in page
        assert client.get(NEW, {"choice": "nonsense:1"}).status_code == 422

    def test_every_place_has_a_field_with_todays_value_and_its_quotation(self, small_year: SmallYear, administrator):
        page = signed_in(administrator).get(NEW, {"choice": choice(small_year)}).content.decode()
        places = adjustable(published_policy(POLICY, YEAR))
        assert [place for place in places if f'name="{name_of(place)}"' not in page] == []
        assert "现行：50%。原文：“按其软硬件、设备投入给予50%补助" in page

    def test_what_is_filled_in_becomes_the_change(self, small_year: SmallYear, administrator):
        answer = ask(
            signed_in(administrator),
            small_year,
            note="多处改动",
            include_refused="on",
            **{
                field("3.4.5", "award.each.rate"): "４０",
                field("3.4.5", "award.row_cap") + "-off": "on",
                field("3.4.2", "conditions[0].value"): "150,000",
                field("3.4.2", "conditions[2].value"): "80",
                field("3.4.2", "conditions[1]"): "on",
                field("3.1.1", "exempt"): "false",
                field("3.3.2", "cap.amount"): "500.5",
                field("groups", "研发投入"): ["3.3.1", "3.4.2"],
                field("total_cap", "rate"): "3.5%",
                field("settings", "day_count"): "365",
                "new_group": "上市",
                "new_group-clauses": ["3.1.3a", "3.1.3b"],
            },
        )
        simulation = Simulation.objects.get()
        assert answer.status_code == 302
        assert answer.url == reverse("awards:simulation", args=[simulation.pk])
        assert simulation.include_refused
        assert simulation.change == {
            "note": "多处改动",
            "clauses": {
                "3.1.1": {"exempt": False},
                "3.3.2": {"cap.amount": "5005000.00"},
                "3.4.2": {"conditions[0].value": "1500000000.00", "conditions[1]": None, "conditions[2].value": 80},
                "3.4.5": {"award.each.rate": "40%", "award.row_cap": None},
            },
            "groups": {"研发投入": ["3.3.1", "3.4.2"], "上市": ["3.1.3a", "3.1.3b"]},
            "total_cap": {"rate": "3.5%"},
            "settings": {"day_count": 365},
        }

    def test_nothing_filled_in_is_told(self, small_year: SmallYear, administrator):
        answer = ask(signed_in(administrator), small_year)
        assert answer.status_code == 422
        assert "error-summary" in answer.content.decode()
        assert not Simulation.objects.exists()

    def test_faults_stand_beside_their_fields_and_what_was_typed_stays(self, small_year: SmallYear, administrator):
        rate, cap = field("3.4.5", "award.each.rate"), field("3.4.5", "award.row_cap")
        for values in (
            {rate: "140%"},  # the policy refuses it
            {rate: "一半"},  # it cannot be read
            {cap: "600", f"{cap}-off": "on"},  # it contradicts itself
        ):
            answer = ask(signed_in(administrator), small_year, note="写了很久", **values)
            page = answer.content.decode()
            assert answer.status_code == 422
            name = next(iter(values))
            assert f'href="#id_{name}"' in page
            assert f'value="{values[name]}"' in page
            assert "写了很久" in page
            assert "错误：" in page
        assert not Simulation.objects.exists()

    @pytest.mark.parametrize("uploaded", [True, False])
    def test_a_change_file_or_its_text(self, small_year: SmallYear, administrator, uploaded):
        text = json.dumps(LOWER, ensure_ascii=False)
        values = {"file": SimpleUploadedFile("change.json", text.encode())} if uploaded else {"text": text}
        data = {"mode": "document", "choice": choice(small_year), **values}
        answer = signed_in(administrator).post(NEW, data)
        assert answer.status_code == 302
        assert Simulation.objects.get().change == LOWER

    @pytest.mark.parametrize("uploaded", [True, False])
    def test_every_fault_of_a_change_file_and_its_text_stays(self, small_year: SmallYear, administrator, uploaded):
        text = '{"clauses": {"3.4.5": {"award.each.rate": "140%", "strange": 1}}, "extra": "</textarea><script>"}'
        values = {"file": SimpleUploadedFile("change.json", text.encode())} if uploaded else {"text": text}
        data = {"mode": "document", "choice": choice(small_year), **values}
        answer = signed_in(administrator).post(NEW, data)
        page = answer.content.decode()
        assert answer.status_code == 422
        for part in ("award.each.rate", "strange", "extra", "有 3 处需要更正", "&lt;/textarea&gt;"):
            assert part in page, part
        assert "</textarea><script>" not in page

    @pytest.mark.parametrize("text", ["", "{", "\x00", "\ufffe", "[[[[" * 50])
    def test_what_is_no_json_is_told(self, small_year: SmallYear, administrator, text):
        data = {"mode": "document", "choice": choice(small_year), "text": text}
        assert signed_in(administrator).post(NEW, data).status_code == 422
        binary = SimpleUploadedFile("change.json", b"\xff\xfe\x00junk")
        data = {"mode": "document", "choice": choice(small_year), "file": binary}
        assert signed_in(administrator).post(NEW, data).status_code == 422

    def test_faults_at_the_top_name_their_clause_or_document(self, small_year: SmallYear, administrator):
        client = signed_in(administrator)
        page = ask(client, small_year, **{field("3.4.2", "cap.amount"): "很多"}).content.decode()
        assert f'<a href="#id_{field("3.4.2", "cap.amount")}">3.4.2 年度上限：' in page
        data = {"mode": "document", "choice": choice(small_year)}
        faulty = '{"clauses": {"3.4.5": {"award.each.rate": "140%"}}}'
        page = client.post(NEW, data | {"text": faulty}).content.decode()
        assert "粘贴的内容：clauses" in page
        assert "或直接粘贴：" not in page
        upload = SimpleUploadedFile("change.json", faulty.encode())
        page = client.post(NEW, data | {"file": upload}).content.decode()
        assert "变更文件：clauses" in page

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"text": '{"note": "\x00"}'}, "内容含有空字符"),
            ({"file": SimpleUploadedFile("change.json", b"")}, "变更文件是空的"),
            ({}, "请选择变更文件"),
        ],
        ids=["NUL", "an empty file", "nothing"],
    )
    def test_one_fault_is_told_in_one_sentence(self, small_year: SmallYear, administrator, values, sentence):
        data = {"mode": "document", "choice": choice(small_year), **values}
        answer = signed_in(administrator).post(NEW, data)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "有 1 处需要更正" in page
        assert sentence in page

    @pytest.mark.parametrize("uploaded", [True, False])
    def test_what_is_too_large_is_told_and_not_sent_back(self, small_year: SmallYear, administrator, uploaded):
        text = '{"note": "' + "大" * 400_000 + '"}'
        values = {"file": SimpleUploadedFile("change.json", text.encode())} if uploaded else {"text": text}
        data = {"mode": "document", "choice": choice(small_year), **values}
        answer = signed_in(administrator).post(NEW, data)
        page = answer.content.decode()
        assert answer.status_code == 413
        assert "变更内容超过 1 MB" in page
        assert "大大大" not in page

    def test_an_earlier_question_fills_the_form_in(self, small_year: SmallYear, administrator, done):
        page = signed_in(administrator).get(NEW, {"from": done.pk}).content.decode()
        assert f'name="{field("3.4.5", "award.each.rate")}" value="40%"' in page
        assert "智慧工厂补助下调" in page


class TestAnswer:
    def test_the_page_tells_all(self, done, administrator):
        page = signed_in(administrator).get(reverse("awards:simulation", args=[done.pk])).content.decode()
        for text in (
            "36,800,000.00",
            "35,000,000.00",
            "减少 1,800,000.00",
            "减少 1,000,000.00",
            LARGE,
            SMALL,
            "高新区",
        ):
            assert text in page, text
        assert "经开区" in page
        assert 'style="' not in page

    def test_the_same_for_machines(self, done, administrator):
        answer = signed_in(administrator).get(reverse("awards:simulation_json", args=[done.pk])).json()
        assert (answer["whole"]["before"], answer["whole"]["after"]) == ("36800000.00", "35000000.00")
        assert answer["change"] == LOWER

    def test_the_same_as_a_spreadsheet(self, done, administrator):
        answer = signed_in(administrator).get(reverse("awards:simulation_xlsx", args=[done.pk]))
        assert "attachment" in answer["Content-Disposition"]
        book = load_workbook(io.BytesIO(answer.content))
        assert [cell.value for cell in book["金额减少"][2]] == [
            LARGE,
            "高新区",
            9_000_000 + 3_800_000,
            11_800_000,
            -1_000_000,
        ]

    def test_answers_are_told_apart(self, done, administrator):
        client = signed_in(administrator)
        page = client.get(reverse("awards:simulation", args=[done.pk])).content.decode()
        assert f"<h1>政策模拟第 {done.pk} 号：智慧工厂补助下调</h1>" in page
        assert f'<span aria-current="page">第 {done.pk} 号</span>' in page
        assert "补贴比例：50% → 40%" in client.get(LIST).content.decode()
        answer = client.get(reverse("awards:simulation_json", args=[done.pk]))
        assert answer["Content-Disposition"] == f'attachment; filename="simulation-{YEAR}-{done.pk}.json"'
        told = answer.json()
        assert (told["number"], told["asked_by"], told["include_refused"]) == (done.pk, "管理员甲", False)
        book = load_workbook(
            io.BytesIO(client.get(reverse("awards:simulation_xlsx", args=[done.pk])).content), read_only=True
        )
        summary = dict(book["概要"].iter_rows(values_only=True))
        assert (summary["模拟编号"], summary["发起人"], summary["政策年度"]) == (done.pk, "管理员甲", str(YEAR))
        assert summary["申报件（件）"] == 4
        message = Notification.objects.get(user=administrator)
        assert message.title == f"政策模拟已完成：第 {done.pk} 号（{YEAR} 年度）"

    def test_a_finished_one_is_not_started_again(self, done, administrator):
        client = signed_in(administrator)
        page = client.post(reverse("awards:simulation_again", args=[done.pk]), follow=True).content.decode()
        assert "已经完成" in page
        assert Simulation.objects.count() == 1

    def test_left_out_files_are_listed(self, done, administrator):
        file = {
            "number": "NC2024-1",
            "enterprise": "演示甲",
            "clause": "3.4.5",
            "reason": "缺少“项目”。",
            "application": 1,
        }
        Simulation.objects.filter(pk=done.pk).update(left_out={"count": 3, "files": [file]})
        page = signed_in(administrator).get(reverse("awards:simulation", args=[done.pk])).content.decode()
        for text in ("未计入的申报", "NC2024-1", "演示甲", "缺少“项目”。", "列出其中 1 件"):
            assert text in page, text

    def test_hostile_text_is_shown_not_run(self, small_year: SmallYear, administrator):
        payload = "<script>alert(1)</script>"
        small_year.large.enterprise.name = f"演示{payload}"
        small_year.large.enterprise.save()
        change = LOWER | {"note": f"=1+1 {payload}", "groups": {f"组{payload}": ["3.1.3a", "3.1.3b"]}}
        simulation = start_simulation(
            document=small_year.document, policy_year=YEAR, change=change, by=administrator, at=AT
        )
        run_owed(at=LATER)
        client = signed_in(administrator)
        for path in (LIST, reverse("awards:simulation", args=[simulation.pk]), f"{NEW}?from={simulation.pk}"):
            page = client.get(path).content.decode()
            assert "<script>alert" not in page
            assert "&lt;script&gt;" in page
        book = load_workbook(io.BytesIO(client.get(reverse("awards:simulation_xlsx", args=[simulation.pk])).content))
        assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}

    def test_what_does_not_exist_is_not_found(self, administrator, policies_loaded):
        client = signed_in(administrator)
        for name in (*ADDRESSES, "simulation_progress"):
            assert client.get(reverse(f"awards:{name}", args=[987654321])).status_code == 404


class TestProgress:
    @pytest.fixture
    def waiting(self, small_year: SmallYear, administrator) -> Simulation:
        return start_simulation(document=small_year.document, policy_year=YEAR, change=LOWER, by=administrator, at=AT)

    def test_waiting_shows_how_far_it_is_and_how_to_look_again(self, waiting, administrator):
        client = signed_in(administrator)
        page = client.get(reverse("awards:simulation", args=[waiting.pk])).content.decode()
        assert f"已完成 0 块，共 {waiting.parts_total} 块" in page
        assert "刷新" in page
        for name in ("simulation_json", "simulation_xlsx"):
            assert client.get(reverse(f"awards:{name}", args=[waiting.pk])).status_code == 404

    def test_the_polled_part_asks_for_the_page_once_it_is_done(self, waiting, administrator):
        client = signed_in(administrator)
        address = reverse("awards:simulation_progress", args=[waiting.pk])
        polled = client.get(address, headers={"HX-Request": "true"})
        assert "hx-trigger" in polled.content.decode()
        assert "HX-Refresh" not in polled
        assert client.get(address).status_code == 302  # opened by hand
        run_owed(at=LATER)
        assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"

    def test_a_failed_one_says_why_and_can_be_started_again(self, waiting, administrator):
        Simulation.objects.filter(pk=waiting.pk).update(state="failed", error="第 1 块计算出错。", finished_at=LATER)
        client = signed_in(administrator)
        page = client.get(reverse("awards:simulation", args=[waiting.pk])).content.decode()
        assert "第 1 块计算出错。" in page
        answer = client.post(reverse("awards:simulation_again", args=[waiting.pk]))
        again = Simulation.objects.exclude(pk=waiting.pk).get()
        assert answer.url == reverse("awards:simulation", args=[again.pk])
        assert again.change == waiting.change

    def test_a_running_one_is_not_started_again(self, waiting, administrator):
        client = signed_in(administrator)
        page = client.post(reverse("awards:simulation_again", args=[waiting.pk]), follow=True).content.decode()
        assert "还在计算" in page
        assert Simulation.objects.count() == 1


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_pages_ask_as_often_for_twenty_rows_as_for_one(done, administrator):
    client = signed_in(administrator)
    page = reverse("awards:simulation", args=[done.pk])
    client.get(LIST)
    one = queries(client, LIST), queries(client, page)
    impact = done.result
    impact["losers"] = [impact["losers"][0] | {"id": 10**6 + number} for number in range(20)]
    impact["districts"] = {str(number): next(iter(impact["districts"].values())) for number in range(1, 21)}
    for _ in range(19):
        Simulation.objects.filter(pk=done.pk).update(result=impact)
        copy = Simulation.objects.get(pk=done.pk)
        copy.pk = None
        copy.save(force_insert=True)
    assert Simulation.objects.count() == 20
    assert (queries(client, LIST), queries(client, page)) == one
