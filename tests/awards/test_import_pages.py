"""The pages of imports: what an officer sees and sends, foreign units, races, and the lists as Excel files."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.enums import UnitRole
from accounts.models import Unit
from awards.actions.imports import apply_table, send_table
from awards.enums import ImportState, Share
from awards.models import CheckedFigure, EnvelopeEntry, ImportFile
from common.audit.models import AuditEvent
from common.errors import Conflict
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import make_company, policies_loaded  # noqa: F401
from tests.factories.awards import make_approved_award, make_candidate, payer
from tests.factories.imports import ABOUT, filled, make_sent_list, plain, send, template
from tests.factories.reviews import LATER, officer
from tests.reviews.threads import in_threads

SALES, SOURCE = "销售收入（不含税）（元）", "依据"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def bureau(policies_loaded) -> Unit:  # noqa: F811
    return Unit.objects.get(name="市工信局")


def _table(bureau, clerk, value=7, source="一"):
    return filled(template("figures", ABOUT, bureau, clerk), {1: {SALES: value, SOURCE: source}})


def _upload(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("表.xlsx", data, content_type=XLSX)


@pytest.mark.django_db
def test_an_officer_fetches_fills_in_sends_and_confirms(company, bureau):
    make_candidate(company)
    clerk = officer(bureau)
    client = signed_in(clerk)
    new = reverse("awards:import_new", args=["figures"])
    assert reverse("awards:import_template", args=["figures", ABOUT]) in client.get(new).content.decode()
    fetched = client.get(reverse("awards:import_template", args=["figures", ABOUT]))
    assert fetched["Content-Type"] == XLSX
    data = filled(fetched.content, {1: {SALES: 7, SOURCE: "完税证明"}})
    sent = client.post(new, {"about": ABOUT, "unit": bureau.pk, "file": _upload(data)})
    file = ImportFile.objects.get()
    page = reverse("awards:import", args=[file.pk])
    assert (sent.status_code, sent["Location"]) == (302, page)
    html = client.get(page).content.decode()
    assert "7.00 元" in html
    assert "（无核定数）" in html
    assert client.get(reverse("awards:import_file", args=[file.pk])).content == data
    assert client.get(reverse("awards:import_faults_xlsx", args=[file.pk])).status_code == 404
    old = client.post(reverse("awards:import_apply", args=[file.pk]), {"version": file.version + 5})
    assert old.status_code == 409
    done = client.post(reverse("awards:import_apply", args=[file.pk]), {"version": file.version})
    assert done.status_code == 302
    twice = client.post(reverse("awards:import_apply", args=[file.pk]), {"version": file.version})
    assert twice.status_code == 409
    assert CheckedFigure.objects.count() == 1
    again = client.post(new, {"about": ABOUT, "unit": bureau.pk, "file": _upload(data)})
    assert again.status_code == 409
    assert "不能重复导入" in again.content.decode()


@pytest.mark.django_db
def test_faults_are_shown_with_their_rows_and_the_copy_can_be_fetched(company, bureau):
    make_candidate(company)
    clerk = officer(bureau)
    client = signed_in(clerk)
    file = send("figures", _table(bureau, clerk, value="<script>alert(1)</script>"), bureau, clerk)
    html = client.get(reverse("awards:import", args=[file.pk])).content.decode()
    assert "第 2 行" in html
    assert "<script>alert(1)" not in html
    assert "确认导入" not in html
    copy = client.get(reverse("awards:import_faults_xlsx", args=[file.pk]))
    assert "差错清单" in load_workbook(io.BytesIO(copy.content)).sheetnames
    refused = client.post(reverse("awards:import_apply", args=[file.pk]), {"version": file.version})
    assert refused.status_code == 409
    put_aside = client.post(reverse("awards:import_discard", args=[file.pk]), {"version": file.version})
    assert put_aside.status_code == 302
    assert ImportFile.objects.get().state == ImportState.DISCARDED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"about": "nothing:2024"}, id="no-subject"),
        pytest.param({"about": ABOUT, "unit": "999999"}, id="foreign-unit"),
        pytest.param({"about": ABOUT, "file": "text"}, id="no-file"),
    ],
)
def test_a_form_that_misses_something_is_shown_again(bureau, fields):
    client = signed_in(officer(bureau))
    response = client.post(reverse("awards:import_new", args=["figures"]), {"unit": bureau.pk} | fields)
    assert response.status_code == 422
    assert "更正" in response.content.decode()


@pytest.mark.django_db
def test_a_table_of_another_unit_does_not_exist(company, bureau):
    make_candidate(company)
    clerk = officer(bureau)
    file = send("figures", _table(bureau, clerk), bureau, clerk)
    pages = ["import", "import_file", "import_faults_xlsx"]
    for stranger in (officer("经开区"), payer()):
        client = signed_in(stranger)
        for name in pages:
            assert client.get(reverse(f"awards:{name}", args=[file.pk])).status_code == 404
        for name in ("import_apply", "import_discard"):
            answer = client.post(reverse(f"awards:{name}", args=[file.pk]), {"version": file.version})
            assert answer.status_code == 404
        assert f"第 {file.pk} 号" not in client.get(reverse("awards:imports")).content.decode()
    # The auditor reads and does nothing; the own 负责人 reads and is told whose gesture it is.
    auditor = signed_in(AuditorFactory())
    assert auditor.get(reverse("awards:import", args=[file.pk])).status_code == 200
    assert auditor.post(reverse("awards:import_apply", args=[file.pk]), {"version": 1}).status_code == 403
    leader = signed_in(officer(bureau, UnitRole.LEADER))
    assert "确认导入" not in leader.get(reverse("awards:import", args=[file.pk])).content.decode()
    assert leader.post(reverse("awards:import_apply", args=[file.pk]), {"version": file.version}).status_code == 403
    assert not CheckedFigure.objects.exists()


@pytest.mark.django_db
def test_tables_with_payment_results_are_read_by_those_who_pay_alone(company, bureau):
    listing = make_sent_list(make_approved_award(company))
    person = payer()
    file = send(
        "results", template("results", listing.number, listing.unit, person), listing.unit, person, about=listing.number
    )
    url = reverse("awards:import", args=[file.pk])
    assert signed_in(person).get(url).status_code == 200
    handler = officer(listing.unit, UnitRole.HANDLER)
    assert signed_in(handler).get(url).status_code == 404
    fetch = reverse("awards:import_template", args=["results", listing.number])
    assert signed_in(handler).get(fetch).status_code == 404
    sheet = load_workbook(io.BytesIO(signed_in(person).get(fetch).content))["拨付结果"]
    account = listing.rows.get().account_number
    told = {str(cell.value) for row in sheet for cell in row}
    assert account[-4:] in told
    assert not any(account in text for text in told)


@pytest.mark.django_db
def test_the_list_asks_as_often_for_many_tables_as_for_one(company, bureau):
    make_candidate(company)
    clerk = officer(bureau)
    client, url = signed_in(clerk), reverse("awards:imports")

    def queries() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    send("figures", _table(bureau, clerk), bureau, clerk)
    once = queries()
    for value in (8, 9, 10):
        send("figures", _table(bureau, clerk, value), bureau, clerk)
    assert queries() == once
    assert once <= 15


@pytest.mark.django_db
def test_checking_asks_as_often_for_many_rows_as_for_one(company, stranger, bureau):
    """What is read before the gestures does not grow with the rows."""
    from awards.imports.kinds import KINDS
    from common.tables.tables import Row, Table

    for one in (company, stranger, make_company()):
        make_candidate(one)
    clerk = officer(bureau)
    rows = [
        Row(
            number,
            {"uscc": uscc, "name": name, "year": 2024, "f_sales_ex_tax": 1_00, "source": "一"},
        )
        for number, (uscc, name) in enumerate(
            ((one.enterprise.uscc, one.enterprise.name) for one in (company, stranger)), start=2
        )
    ]
    counts = []
    for number in (1, 2):
        with CaptureQueriesContext(connection) as asked:
            checked = KINDS["figures"].check(Table(rows=rows[:number]), ABOUT, bureau, clerk)
        assert len(checked.changes) == number
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_lists_leave_as_workbooks_with_their_filters_and_on_record(company, stranger, bureau):
    award = make_approved_award(company)
    make_candidate(stranger)
    client = signed_in(officer(bureau))

    def sheet(name: str, who: Client = client, **query: str):
        return load_workbook(io.BytesIO(who.get(reverse(f"awards:{name}"), query).content)).active

    everything = sheet("awards_xlsx")
    assert everything.max_row == 3
    approved = load_workbook(
        io.BytesIO(client.get(reverse("awards:awards_xlsx"), {"state": "approved"}).content)
    ).active
    assert [approved["A2"].value, approved["K2"].value] == [award.application.number, award.settled_fen / 100]
    assert approved.max_row == 2
    accounts = load_workbook(
        io.BytesIO(client.get(reverse("awards:accounts_xlsx"), {"q": company.enterprise.uscc}).content)
    )
    assert [accounts.active["A2"].value, accounts.active.max_row] == [company.enterprise.name, 2]
    foreign = load_workbook(
        io.BytesIO(signed_in(officer("青山湖区")).get(reverse("awards:awards_xlsx")).content)
    ).active
    assert foreign.max_row == 1
    assert AuditEvent.objects.filter(event="awards.exported").count() == 3
    assert signed_in(company.agent).get(reverse("awards:awards_xlsx")).status_code == 403


# ---------------------------------------------------------------------------------------------------- races


def _two_files(bureau) -> tuple[ImportFile, ImportFile, object]:
    """The same bytes twice, ready both: as if two people had sent them at one moment."""
    person = officer(bureau, UnitRole.FINANCE)
    data = plain(
        ["单位", "级次", "条款", "政策年度", "预算科目编码", "预算科目名称", "预算总额（元）", "事由"],
        ["市工信局", "市级", "3.4.5", 2024, None, None, 80, "洪财〔2026〕3号"],
        sheet="资金预算",
    )
    first = send("budgets", data, bureau, person)
    second = ImportFile.objects.get(pk=first.pk)
    second.pk = None
    second.save()
    return first, ImportFile.objects.get(pk=second.pk), person


@pytest.mark.django_db(transaction=True)
def test_one_table_is_taken_over_once_however_many_confirm_it(policies_loaded):  # noqa: F811
    bureau = Unit.objects.get(name="市工信局")
    first, second, person = _two_files(bureau)

    def job(file):
        return lambda: apply_table(file=file, expected_version=file.version, by=person, at=LATER)

    answers, faults = in_threads([job(first), job(second), job(first), job(second)])
    assert len(answers) == 1
    assert {type(fault) for fault in faults} == {Conflict}
    assert EnvelopeEntry.objects.filter(envelope__share=Share.CITY).count() == 1
    assert ImportFile.objects.filter(state=ImportState.APPLIED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_send_the_same_file(policies_loaded):  # noqa: F811
    company = make_company()
    make_candidate(company)
    bureau = Unit.objects.get(name="市工信局")
    clerk = officer(bureau)
    data = _table(bureau, clerk)

    def job():
        with transaction.atomic():
            return send_table(
                kind="figures", about=ABOUT, unit=bureau, upload=io.BytesIO(data), name="表.xlsx", by=clerk, at=LATER
            )[0]

    answers, faults = in_threads([job] * 3)
    assert faults == []
    assert {file.state for file in answers} == {ImportState.READY}
    ready = ImportFile.objects.filter(state=ImportState.READY).first()
    apply_table(file=ready, expected_version=ready.version, by=clerk, at=LATER)
    for other in ImportFile.objects.exclude(pk=ready.pk):
        with pytest.raises(Conflict):
            apply_table(file=other, expected_version=other.version, by=clerk, at=LATER)
    assert CheckedFigure.objects.count() == 1
