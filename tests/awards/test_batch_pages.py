"""The pages of batches: what they show to whom, what they refuse and keep, what they hand out."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from accounts.enums import UnitRole
from accounts.models import Unit
from awards.actions.batches import start_batch
from awards.enums import BatchState
from awards.models import SettlementBatch
from common.outbox.actions import run_owed
from tests.awards.test_budget_pages import FAR, LEAD, as_, lead, queries
from tests.factories.accounts import AuditorFactory, UserFactory
from tests.factories.applications import make_call, make_company
from tests.factories.awards import fund, make_candidate
from tests.factories.reviews import LATER, approver, officer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _policies(policies_loaded):
    pass


def previewed(count=2):
    awards = [make_candidate(make_company()) for _ in range(count)]
    fund(awards[0])
    batch = start_batch(call=make_call(), unit=lead(), by=officer(LEAD), at=LATER)
    run_owed(at=LATER)
    return SettlementBatch.objects.get(pk=batch.pk)


def test_a_call_is_chosen_and_the_batch_opens(client):
    make_candidate(make_company())
    as_(client, officer(LEAD))
    url = reverse("awards:batch_new")
    assert "可核算 1 家企业" in client.get(url).content.decode()
    assert client.post(url, {"choice": "1-1-1"}).status_code == 422
    answer = client.post(url, {"choice": f"{lead().pk}-{make_call().pk}"})
    batch = SettlementBatch.objects.get()
    assert answer["Location"] == reverse("awards:batch", args=[batch.pk])
    assert client.post(url, {"choice": f"{lead().pk}-{make_call().pk}"}).status_code == 409
    stranger = as_(client, officer("市科技局"))
    assert "没有可以批量核算的申报" in stranger.get(url).content.decode()
    assert stranger.post(url, {"choice": f"{lead().pk}-{make_call().pk}"}).status_code == 422


def test_the_page_counts_while_the_worker_is_at_work(client):
    make_candidate(make_company())
    batch = start_batch(call=make_call(), unit=lead(), by=officer(LEAD), at=LATER)
    as_(client, officer(LEAD))
    page = client.get(reverse("awards:batch", args=[batch.pk])).content.decode()
    assert "已办 0 家，共 1 家" in page
    url = reverse("awards:batch_progress", args=[batch.pk])
    assert "已办 0 家" in client.get(url, headers={"hx-request": "true"}).content.decode()
    assert client.get(url).status_code == 302
    run_owed(at=LATER)
    assert client.get(url, headers={"hx-request": "true"})["HX-Refresh"] == "true"


def test_an_approver_leaves_one_out_and_confirms(client):
    batch = previewed()
    url = reverse("awards:batch_confirm", args=[batch.pk])
    as_(client, approver(LEAD))
    assert "够用" in client.get(url).content.decode()
    out = batch.items.first()
    assert client.post(url, {"expected_version": "0", "leave_out": [out.pk]}).status_code == 409
    assert "checked" in client.post(url, {"expected_version": "x", "leave_out": [out.pk, "y"]}).content.decode()
    everything = {"expected_version": batch.version, "leave_out": [item.pk for item in batch.items.all()]}
    assert client.post(url, everything).status_code == 422
    assert client.post(url, {"expected_version": batch.version, "leave_out": [out.pk]}).status_code == 302
    run_owed(at=FAR)
    assert client.get(url).status_code == 302  # there is nothing to confirm any more
    page = client.get(f"{reverse('awards:batch', args=[batch.pk])}?state=left_out").content.decode()
    assert "未选入本批" in page
    assert out.account.enterprise.name in page
    assert batch.items.last().account.enterprise.name not in page


def test_nobody_confirms_an_own_batch(client):
    batch = previewed()
    author = officer(LEAD)
    lead().members.create(user=author, role=UnitRole.APPROVER)
    as_(client, author)
    answer = client.post(reverse("awards:batch_confirm", args=[batch.pk]), {"expected_version": batch.version})
    assert answer.status_code == 403
    assert "审核确认" not in client.get(reverse("awards:batch", args=[batch.pk])).content.decode()
    assert SettlementBatch.objects.get().state == BatchState.READY


def test_foreign_units_do_not_find_a_batch(client):
    batch = previewed(1)
    stranger = UserFactory()
    Unit.objects.get(name="市科技局").members.create(user=stranger, role=UnitRole.APPROVER)
    as_(client, stranger)
    for name in ("batch", "batch_progress", "batch_confirm", "batch_xlsx"):
        assert client.get(reverse(f"awards:{name}", args=[batch.pk])).status_code == 404
    assert client.post(reverse("awards:batch_withdraw", args=[batch.pk])).status_code == 404


def test_a_batch_is_withdrawn(client):
    batch = previewed(1)
    url = reverse("awards:batch_withdraw", args=[batch.pk])
    as_(client, officer(LEAD)).post(url, {"expected_version": "0"})
    assert SettlementBatch.objects.get().state == BatchState.READY
    client.post(url, {"expected_version": batch.version})
    assert SettlementBatch.objects.get().state == BatchState.WITHDRAWN


def test_the_result_as_a_spreadsheet(client):
    batch = previewed(2)
    answer = as_(client, AuditorFactory()).get(reverse("awards:batch_xlsx", args=[batch.pk]))
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet.max_row == 3
    row = [cell.value for cell in sheet[2]]
    assert row[3:5] == ["3.4.5", LEAD]
    assert [float(value) for value in row[6:10]] == [9_000_000, 9_000_000, 4_500_000, 4_500_000]
    assert row[12] == "已试算"


def test_batches_ask_as_often_for_three_rows_as_for_one(client):
    batch = previewed(1)
    as_(client, approver(LEAD))

    def asked(of):
        pages = [reverse("awards:batches"), *(reverse(f"awards:{n}", args=[of.pk]) for n in ("batch", "batch_confirm"))]
        return [queries(client, page) for page in pages]

    before = asked(batch)
    SettlementBatch.objects.filter(pk=batch.pk).update(state=BatchState.WITHDRAWN)
    assert asked(previewed(2)) == before
