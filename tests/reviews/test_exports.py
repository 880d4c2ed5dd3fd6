"""Export of what a list shows: asked for, written by a job, fetched by its owner while the rights last."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UnitRole
from accounts.models import Notification, UnitMember
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotFound
from common.outbox.actions import run_owed
from reviews.actions.exports import MOST_WAITING, ask_for_list, fetch_export, write_export
from reviews.enums import ExportState, ListPage
from reviews.exports import list_sheet, store
from reviews.models import Export
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import make_company
from tests.factories.exports import carried_out, sheet_of
from tests.factories.reviews import LATER, approver, make_case, officer

SOON = LATER + timedelta(minutes=1)


def ask(by, query: str = "", page: ListPage = ListPage.CASES, **values) -> Export:
    return ask_for_list(page=page, query=query, by=by, at=LATER, **values)


@pytest.fixture
def cases(policies_loaded):
    """Three cases in 高新区 and one elsewhere."""
    companies = [make_company() for _ in range(3)] + [make_company(district="经开区")]
    return [make_case(company) for company in companies]


@pytest.fixture
def handler(cases):
    return officer("高新区")


class TestWhatIsWritten:
    def test_the_same_filters_order_and_columns_as_the_list(self, cases, handler):
        query = "sort=-number&cols=clause,amount&policy_year=2024"
        rows, about = sheet_of(carried_out(ask(handler, query), SOON))
        assert rows[0] == ["申报编号", "企业名称", "条款", "政策年度", "县区", "测算金额（元）"]
        numbers = [row[0] for row in rows[1:]]
        assert numbers == sorted((case.application.number for case in cases[:3]), reverse=True)
        assert rows[1][-1] == 9_000_000
        assert (about["政策年度"], about["行数"], about["排序"]) == ("2024", 3, "按申报编号降序")
        assert handler.name in about["导出人"]

    def test_only_what_the_person_sees(self, cases, handler):
        assert len(sheet_of(carried_out(ask(handler), SOON))[0]) == 1 + 3
        assert len(sheet_of(carried_out(ask(AuditorFactory()), SOON))[0]) == 1 + 4

    def test_selected_rows_alone_and_no_foreign_ones_among_them(self, cases, handler):
        export = carried_out(ask(handler, selected=[cases[0].pk, cases[3].pk]), SOON)
        rows, about = sheet_of(export)
        assert [row[0] for row in rows[1:]] == [cases[0].application.number]
        assert about["范围"] == "仅所勾选的件"

    def test_the_queue_with_its_tab(self, cases, handler):
        rows, about = sheet_of(carried_out(ask(handler, "tab=unit", ListPage.QUEUE), SOON))
        assert len(rows) == 4
        assert about["分类"] == "本单位在办"

    def test_hostile_names_are_text(self, handler):
        make_case(make_company(name="=HYPERLINK(1)有限公司"))
        rows, _ = sheet_of(carried_out(ask(handler), SOON))
        assert "'=HYPERLINK(1)有限公司" in {row[1] for row in rows}

    def test_rows_are_read_in_pieces(self, cases, handler, monkeypatch):
        """No query per row: twice as many rows cost the same, and the rows come through a cursor of the server."""

        def queries() -> int:
            export = ask(handler)
            with CaptureQueriesContext(connection) as taken:
                write_export(export_id=export.pk, at=SOON)
            return len(taken)

        few = queries()
        for _ in range(4):
            make_case(make_company())
        assert queries() == few

    def test_the_rows_of_a_changed_page_come_out_complete(self, cases, handler, monkeypatch):
        monkeypatch.setattr(list_sheet, "CHUNK", 2)
        export = carried_out(ask(handler), SOON)
        assert (export.done, export.total, len(sheet_of(export)[0])) == (3, 3, 4)


class TestTheJob:
    def test_a_repeated_job_changes_nothing(self, cases, handler):
        export = carried_out(ask(handler), SOON)
        before = (export.sha256, export.finished_at)
        write_export(export_id=export.pk, at=SOON + timedelta(hours=1))
        export.refresh_from_db()
        assert (export.sha256, export.finished_at) == before

    def test_its_owner_is_told(self, cases, handler):
        carried_out(ask(handler), SOON)
        assert Notification.objects.filter(user=handler, title__startswith="导出已完成").count() == 1

    def test_a_failure_is_told_in_a_sentence(self, cases, handler, monkeypatch):
        def refuse(*args):
            raise Invalid("共 2,000,000 行，超过一张表格的上限，请缩小筛选范围后导出。")

        monkeypatch.setattr(list_sheet, "write", refuse)
        export = carried_out(ask(handler), SOON)
        assert (export.state, export.error[:2]) == (ExportState.FAILED, "共 ")

    def test_a_job_that_takes_too_long_ends_with_a_sentence(self, cases, handler, settings):
        settings.CELERY_TASK_TIME_LIMIT = 0
        assert "分次导出" in carried_out(ask(handler), SOON).error

    def test_what_nobody_foresaw_is_tried_again_and_then_told(self, cases, handler, monkeypatch):
        def broken(*args):
            raise OSError("no space left")

        monkeypatch.setattr(list_sheet, "write", broken)
        export = carried_out(ask(handler), SOON)
        assert export.state == ExportState.QUEUED
        for attempt in range(1, 4):
            run_owed(at=SOON + timedelta(hours=attempt))
        export.refresh_from_db()
        assert export.state == ExportState.FAILED
        assert "已尝试 3 次" in export.error
        assert "no space" not in export.error

    def test_it_asks_again_who_may(self, cases, handler):
        export = ask(handler)
        UnitMember.objects.filter(user=handler).update(is_active=False)
        assert carried_out(export, SOON).state == ExportState.FAILED

    def test_files_are_thrown_away_after_some_days(self, cases, handler, settings):
        export = carried_out(ask(handler), SOON)
        path = store.path_of(export)
        run_owed(at=SOON + timedelta(days=settings.EXPORT_KEEP_DAYS - 1))
        assert path.exists()
        run_owed(at=SOON + timedelta(days=settings.EXPORT_KEEP_DAYS))
        assert not Export.objects.filter(pk=export.pk).exists()
        assert AuditEvent.objects.filter(event="export.forgotten", subject_id=str(export.pk)).exists()

    def test_too_many_at_a_time_are_refused(self, cases, handler):
        for _ in range(MOST_WAITING):
            ask(handler)
        with pytest.raises(Conflict, match="请等其中一项完成"):
            ask(handler)


class TestFetching:
    def url(self, export: Export) -> str:
        return reverse("reviews:export_file", args=[export.pk])

    def test_the_owner_fetches_it_as_a_download_and_that_is_recorded(self, cases, handler, client):
        export = carried_out(ask(handler), SOON)
        client.force_login(handler)
        answer = client.get(self.url(export))
        assert b"".join(answer.streaming_content) == store.path_of(export).read_bytes()
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert AuditEvent.objects.filter(event="export.fetched", subject_id=str(export.pk)).count() == 1

    def test_nobody_else_does(self, cases, handler, client):
        export = carried_out(ask(handler), SOON)
        for other in (approver("高新区"), officer("经开区"), AuditorFactory()):
            client.force_login(other)
            assert client.get(self.url(export)).status_code == 404
            assert client.post(reverse("reviews:export_remove", args=[export.pk])).status_code == 404

    def test_whoever_lost_the_unit_gets_nothing(self, cases, handler, client):
        UnitMember.objects.create(unit=cases[3].application.enterprise.district, user=handler, role=UnitRole.HANDLER)
        export = carried_out(ask(handler), SOON)
        assert len(sheet_of(export)[0]) == 5
        UnitMember.objects.filter(user=handler, unit__name="经开区").update(is_active=False)
        client.force_login(handler)
        assert client.get(self.url(export)).status_code == 404
        assert "此文件不再提供" in client.get(reverse("reviews:exports")).content.decode()

    def test_changed_bytes_are_not_handed_out(self, cases, handler):
        export = carried_out(ask(handler), SOON)
        store.path_of(export).write_bytes(b"something else")
        with pytest.raises(NotFound):
            fetch_export(export=export, by=handler, at=SOON)


class TestThePages:
    def test_asked_for_on_the_list_and_watched_on_a_page_of_its_own(self, cases, handler, client):
        client.force_login(handler)
        answer = client.post(reverse("reviews:export_list"), {"page": "cases", "query": "q=&sort=-filed"})
        assert answer["Location"] == reverse("reviews:exports")
        page = client.get(reverse("reviews:exports")).content.decode()
        assert 'hx-trigger="every 2s"' in page
        assert "刷新进度" in page
        export = Export.objects.get()
        Export.objects.update(state="running", done=1, total=3)
        part = client.get(reverse("reviews:exports"), headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part
        assert "1 / 3 行" in part
        carried_out(export, timezone.now())
        page = client.get(reverse("reviews:exports")).content.decode()
        assert "hx-trigger" not in page
        assert reverse("reviews:export_file", args=[export.pk]) in page

    def test_ticked_rows_and_none_ticked(self, cases, handler, client):
        client.force_login(handler)
        url = reverse("reviews:export_list")
        sent = {"page": "cases", "query": "", "only_selected": "1"}
        client.post(url, sent, headers={"Referer": "http://testserver/reviews/cases/"})
        assert not Export.objects.exists()
        client.post(url, sent | {"selected": [str(cases[0].pk), "x"]})
        assert Export.objects.get().query["selected"] == [cases[0].pk]

    def test_nonsense_is_refused(self, cases, handler, client):
        client.force_login(handler)
        assert client.post(reverse("reviews:export_list"), {"page": "nothing"}).status_code == 422
        client.post(reverse("reviews:export_list"), {"page": "cases", "query": "q=" + "长" * 2000})
        assert not Export.objects.exists()
        assert client.get(reverse("reviews:export_list")).status_code == 405

    def test_an_export_is_taken_back(self, cases, handler, client):
        export = carried_out(ask(handler), SOON)
        path = store.path_of(export)
        client.force_login(handler)
        client.post(reverse("reviews:export_remove", args=[export.pk]))
        assert not Export.objects.exists()
        assert path.exists()  # until the transaction of the test is over, which it never is

    def test_many_exports_cost_no_more_queries(self, cases, handler, client):
        client.force_login(handler)

        def queries() -> int:
            with CaptureQueriesContext(connection) as taken:
                client.get(reverse("reviews:exports"))
            return len(taken)

        carried_out(ask(handler), SOON)
        few = queries()
        for _ in range(5):
            carried_out(ask(handler), SOON)
        assert queries() == few


def test_an_enterprise_exports_nothing(cases, client):
    company = make_company()
    client.force_login(company.agent)
    assert client.get(reverse("reviews:exports")).status_code == 403
    assert client.post(reverse("reviews:export_list"), {"page": "cases"}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_job_is_still_in_its_transaction(policies_loaded, monkeypatch):
    """A second connection tells how far the job is; what the job itself writes nobody sees before its end."""
    handler = officer("高新区")
    for _ in range(3):
        make_case(make_company())
    monkeypatch.setattr(list_sheet, "CHUNK", 1)
    monkeypatch.setattr("reviews.exports.progress.EVERY", 0)
    export, seen = ask(handler), []
    add = list_sheet.StreamedSheet.add

    def watched(self, row):
        seen.append(store_seen(export.pk))
        add(self, row)

    monkeypatch.setattr(list_sheet.StreamedSheet, "add", watched)
    run_owed(at=SOON)
    export.refresh_from_db()
    assert export.state == ExportState.DONE
    assert seen[:3] == [("running", 0, 3), ("running", 1, 3), ("running", 2, 3)]


def store_seen(pk: int) -> tuple[str, int, int]:
    """What another connection reads of an export now."""
    from django.db import DEFAULT_DB_ALIAS, connections

    other = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT state, done, total FROM reviews_export WHERE id = %s", [pk])
            return cursor.fetchone()
    finally:
        other.close()
