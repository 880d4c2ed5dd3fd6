"""Pages: who sees them, the list, starting, what they cost, and what they never contain."""

import io

import pytest
from django.urls import reverse

from applications.actions import send_to_confirm
from applications.enums import State
from applications.models import Application, Attachment
from policies.models import Call
from tests.applications.pages import PAGES, at, facts_post, text
from tests.applications.test_drafting import PNG
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AT,
    FACTS,
    YEAR,
    clause,
    fill,
    make_call,
    make_draft,
    make_filed,
    make_filled,
    put_file,
)


class TestAccess:
    @pytest.mark.parametrize("page", PAGES)
    def test_own_pages_open_and_others_do_not_exist(self, client, company, stranger, page):
        application = make_filled(company)
        address = at(page, application)
        assert client.get(address).status_code == 302
        client.force_login(stranger.legal)
        assert client.get(address).status_code == 404
        client.force_login(UserFactory())
        assert client.get(address).status_code == 403
        client.force_login(company.agent)
        response = client.get(address)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]

    def test_posts_to_another_enterprise_s_file_are_404(self, client, company, stranger):
        application = make_filled(company)
        attachment = Attachment.objects.filter(application=application).first()
        client.force_login(stranger.legal)
        for address in (
            at("figures", application),
            at("facts", application),
            at("estimate", application),
            at("upload", application, "contract"),
            at("remove", application, attachment.pk),
            at("check", application),
            at("confirm", application),
            at("return", application),
            at("withdraw", application),
        ):
            assert client.post(address).status_code == 404, address
        assert client.get(at("download", application, attachment.pk)).status_code == 404

    def test_after_signing_in_again_the_same_page_with_the_saved_draft(self, client, company):
        application = make_draft(company)
        client.force_login(company.agent)
        client.post(at("facts", application), facts_post(application), headers={"X-Autosave": "1"})
        client.logout()
        response = client.get(at("facts", application))
        assert response.status_code == 302
        assert response["Location"].endswith(f"?next={at('facts', application)}")
        client.force_login(company.agent)
        assert 'value="一期"' in text(client.get(at("facts", application)))

    def test_heads_are_answered_like_gets(self, agent, company):
        application = make_filed(company).application
        for address in (
            reverse("applications:list"),
            at("detail", application),
            at("evidence", application),
            at("revision", application, 1),
            at("receipt", application),
        ):
            response = agent.head(address)
            assert (response.status_code, response.content) == (200, b""), address
            assert agent.post(address).status_code == 405

    def test_revisions_count_from_one(self, agent, company):
        application = make_filed(company).application
        assert agent.get(at("revision", application, 1)).status_code == 200
        for number in (0, 2):
            assert agent.get(at("revision", application, number)).status_code == 404

    @pytest.mark.parametrize(("name", "back"), [("confirm", "check"), ("return", "check")])
    def test_an_address_that_only_takes_posts_leads_back_to_its_page(self, agent, company, name, back):
        application = make_draft(company)
        assert agent.get(at(name, application))["Location"] == at(back, application)
        assert agent.get(at("upload", application, "contract"))["Location"] == at("evidence", application)


class TestList:
    def test_empty_tells_what_to_do(self, agent):
        page = text(agent.get(reverse("applications:list")))
        assert "还没有申报" in page
        assert reverse("applications:start") in page

    def test_states_who_what_and_by_when(self, agent, company):
        make_draft(company)
        filed = make_filed(company, "3.3.1", year=2025).application
        page = text(agent.get(reverse("applications:list")))
        assert "受理截至" in page
        assert filed.number in page
        assert "审核部门" in page
        only = text(agent.get(reverse("applications:list") + "?year=2025"))
        assert filed.number in only
        assert "3.4.5" not in only

    def test_as_many_queries_for_50_as_for_1(self, agent, company, django_assert_num_queries, policies_loaded):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        first = make_draft(company)
        address = reverse("applications:list")
        agent.get(address)
        with CaptureQueriesContext(connection) as one:
            agent.get(address)
        Application.objects.bulk_create(
            Application(
                enterprise=company.enterprise,
                clause=first.clause,
                policy_year=YEAR,
                call=first.call,
                clause_version=first.clause_version,
                created_at=AT,
                created_by=company.agent,
                state=State.WITHDRAWN,
                ended_at=AT,
            )
            for _ in range(49)
        )
        with CaptureQueriesContext(connection) as fifty:
            agent.get(address)
        assert len(fifty) <= len(one)


class TestStart:
    def test_clauses_by_article_with_their_limits(self, agent, open_now):
        page = text(agent.get(reverse("applications:start")))
        assert "推行“一企一策”" in page
        assert "按 15%，最高 2000万元" in page
        assert "100-200万元" in page
        assert "100-200万元至" not in page
        assert "3.4.3" not in page

    def test_starting_from_the_library(self, agent, company, open_now):
        address = reverse("applications:start", args=[clause("3.3.1").pk])
        assert "3.3.1" in text(agent.get(address))
        response = agent.post(address, {"policy_year": "2024"})
        application = Application.objects.get()
        assert response["Location"] == at("detail", application)
        again = agent.post(address, {"policy_year": "2024"})
        assert again.status_code == 409
        assert "已有此条款的申报" in text(again)
        assert f'<a href="{at("detail", application)}">打开已有的申报</a>' in text(again)

    def test_closed_window_and_year_without_policy_are_sentences(self, agent, company):
        Call.objects.all().delete()
        make_call(2024)
        assert "现在没有开放的申报" in text(agent.get(reverse("applications:start")))
        address = reverse("applications:start", args=[clause("3.3.1").pk])
        late = agent.post(address, {"policy_year": "2024"})
        assert late.status_code == 409
        assert "申报已截止：受理至2026年4月30日 24:00" in text(late)
        none = agent.post(address, {"policy_year": "2026"})
        assert none.status_code == 422
        assert "2026年度" in text(none)
        assert not Application.objects.exists()

    @pytest.mark.parametrize("year", ["0", "abc", "-1", "99999999999", "", None, "２０２５", "1999"])
    def test_a_year_that_is_none_is_refused_and_never_replaced_by_another(self, agent, open_now, year):
        address = reverse("applications:start", args=[clause("3.3.1").pk])
        response = agent.post(address, {} if year is None else {"policy_year": year})
        assert response.status_code == 422
        assert "政策年度" in text(response) or "1999年度" in text(response)
        assert not Application.objects.exists()

    def test_an_enterprise_in_verification_is_told_so(self, agent, company, open_now):
        company.enterprise.status, company.enterprise.verified_at, company.enterprise.verified_by = (
            "pending",
            None,
            None,
        )
        company.enterprise.save()
        assert "尚未通过核实" in text(agent.get(reverse("applications:start")))
        response = agent.post(reverse("applications:start", args=[clause("3.3.1").pk]), {"policy_year": "2024"})
        assert response.status_code == 422

    def test_another_enterprise_or_no_clause(self, agent, stranger, open_now):
        address = reverse("applications:start")
        assert agent.get(f"{address}?enterprise={stranger.enterprise.pk}").status_code == 404
        assert agent.post(address, {"policy_year": "2024", "clause": "abc"}).status_code == 404
        assert agent.get(reverse("applications:start", args=[999999])).status_code == 404


class TestQueries:
    """Pages cost the same for 1 and for 50 of what they list."""

    def count(self, client, address):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    @pytest.mark.parametrize("page", ["detail", "facts", "check"])
    def test_rows(self, legal, company, page):
        application = make_filled(company)
        one = self.count(legal, at(page, application))
        row = FACTS["3.4.5"]["projects"][0]
        Application.objects.update(draft={"projects": [row | {"name": f"项目{n}"} for n in range(50)]})
        assert self.count(legal, at(page, application)) == one

    @pytest.mark.parametrize("page", ["detail", "evidence", "check"])
    def test_files(self, legal, company, page):
        application = make_filled(company)
        one = self.count(legal, at(page, application))
        for number in range(20):
            put_file(application, "contract", shared=False, by=company.agent, content=b"%PDF-" + bytes([number]))
        assert self.count(legal, at(page, application)) == one


PAYLOAD = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(1)>"


class TestInjection:
    @pytest.mark.parametrize("clause_id", ["3.1.1", "3.1.2", "3.2.1", "3.4.2", "3.4.5", "3.8.3"])
    def test_text_stays_text_on_every_page(self, legal, company, clause_id):
        def poison(value):
            if isinstance(value, list):
                return [{key: poison(item) if key in texts else item for key, item in row.items()} for row in value]
            return PAYLOAD

        application = make_draft(company, clause_id)
        texts = {
            "bank",
            "contract_no",
            "project",
            "name",
            "event",
            "uscc",
            "agreement_no",
            "purpose",
            "matter",
            "targets",
        }
        facts = {
            key: poison(value) if isinstance(value, list) or key in texts else value
            for key, value in FACTS[clause_id].items()
        }
        fill(application, company, **facts)
        Attachment.objects.update(name=PAYLOAD)
        company.enterprise.name = PAYLOAD[:100]
        company.enterprise.save()
        make_pages = [at(page, application) for page in PAGES] + [reverse("applications:list")]
        for address in make_pages:
            page = text(legal.get(address))
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "<svg/onload" not in page

    def test_unreadable_texts_and_reasons_too(self, legal, company):
        application = make_draft(company)
        response = legal.post(at("facts", application), facts_post(application, **{"projects-0-investment": PAYLOAD}))
        assert response.status_code == 422
        send_to_confirm(application=application, by=company.agent, at=AT)
        legal.post(at("return", application), {"reason": PAYLOAD})
        for page in (
            text(response),
            text(legal.get(at("facts", application))),
            text(legal.get(at("detail", application))),
        ):
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert(1)" in page

    def test_a_hostile_file_name(self, legal, company):
        application = make_draft(company)
        file = io.BytesIO(PNG)
        file.name = '../../"><script>x</script>\r\nSet-Cookie: a=b.png'
        legal.post(at("upload", application, "contract"), {"file": file})
        attachment = Attachment.objects.get()
        response = legal.get(at("download", application, attachment.pk))
        assert "\n" not in response["Content-Disposition"]
        assert "<script>" not in text(legal.get(at("evidence", application)))


@pytest.mark.parametrize("page", PAGES)
def test_no_inline_script_or_style(legal, company, page):
    content = text(legal.get(at(page, make_filled(company))))
    assert " style=" not in content
    assert " onclick=" not in content
    assert "<script>" not in content
