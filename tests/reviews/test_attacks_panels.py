"""Attacks on panels: marks before they are final, results of a file that is not one's own to judge, spoilt posts."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import EnterpriseRole
from accounts.models import EnterpriseMember, User
from reviews.actions.scoring import recuse_expert
from reviews.enums import StageKind
from reviews.models import Case, Panel
from tests.factories.applications import make_company
from tests.factories.panels import conclude, convene, scoring, seats, submit
from tests.factories.reviews import LATER, advance_to, make_case, officer, task_of

UNIT = "市科技局"


@pytest.fixture
def cases(company) -> list[Case]:
    """Two files of one competition before their experts, the second one better."""
    found = [make_case(company, "3.4.4"), make_case(make_company(district="经开区"), "3.4.4")]
    return [advance_to(case, StageKind.EXPERT) for case in found]


def stage_of(panel: Panel, case: Case):
    return panel.stages.select_related("case__application").get(case=case)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def joins(user: User, case: Case) -> None:
    """The person becomes a member of the applicant while the panel is at work."""
    EnterpriseMember.objects.create(enterprise=case.application.enterprise, user=user, role=EnterpriseRole.AGENT)


class TestMarksBeforeTheyAreFinal:
    """A chair marks too: what colleagues gave must not be read before all sheets are in."""

    @pytest.fixture
    def half_scored(self, cases):
        panel = scoring(cases[0])
        second = seats(panel)[1]
        submit(second, stage_of(panel, cases[0]), "11", "2.5")
        submit(second, stage_of(panel, cases[1]), "33", "21")
        return Panel.objects.get(pk=panel.pk)

    def test_a_conclusion_sent_too_early_answers_without_averages(self, half_scored):
        chair = seats(half_scored)[0].user
        address = reverse("reviews:expert_conclude", args=[half_scored.pk])
        for sent in (
            {},
            {"expected_version": half_scored.version, "remarks": "组长写的意见"},
            {"remarks": "长" * 5000},
        ):
            answer = signed_in(chair).post(address, sent)
            text = answer.content.decode()
            assert answer.status_code in {409, 422}
            for mark in ("13.50", "54.00", "第 1 名"):
                assert mark not in text, mark
        assert "长长长" in text

    def test_the_files_stand_by_number_not_by_rank(self, half_scored, cases):
        chair = signed_in(seats(half_scored)[0].user)
        address = reverse("reviews:expert_conclude", args=[half_scored.pk])
        numbers = sorted(case.application.number for case in cases)
        for answer in (chair.get(address), chair.post(address, {"remarks": "太早"})):
            text = answer.content.decode().partition("<main")[2]
            assert text.index(numbers[0]) < text.index(numbers[1])


class TestWhoIsBarredFromAFile:
    """One of the files belongs to an enterprise that a member of the panel has come to act for."""

    def test_a_chair_who_is_barred_reads_no_marks(self, cases):
        panel = scoring(cases[0])
        chair, *others = seats(panel)
        joins(chair.user, cases[0])
        for case in cases:
            for member in others:
                submit(member, stage_of(panel, case), "33", "21")
        submit(chair, stage_of(panel, cases[1]), "33", "21")
        client = signed_in(chair.user)
        address = reverse("reviews:expert_conclude", args=[panel.pk])
        text = client.get(address).content.decode()
        assert "另定组长后再结束" in text
        assert "54.00" not in text
        answer = client.post(
            address,
            {
                "expected_version": Panel.objects.get(pk=panel.pk).version,
                "remarks": "组长写的意见",
                **{f"stage_{stage.pk}-favourable": "no" for stage in panel.stages.all()},
                **{f"stage_{stage.pk}-reasons": "理由" for stage in panel.stages.all()},
            },
        )
        text = answer.content.decode()
        assert answer.status_code == 403
        assert "另定组长后再结束" in text
        assert "组长写的意见" in text
        assert "54.00" not in text

    @pytest.mark.parametrize("how", ["joins", "recuses"])
    def test_a_member_reads_no_result_of_a_file_that_was_not_theirs_to_judge(self, cases, how):
        panel = scoring(cases[0])
        third = seats(panel)[2]
        if how == "joins":
            joins(third.user, cases[0])
        else:
            recuse_expert(member=third, stage=stage_of(panel, cases[0]), reason="亲属任职", by=third.user, at=LATER)
        for case in cases:
            for member in seats(panel):
                if member != third or case == cases[1]:
                    submit(member, stage_of(panel, case), *(("11", "2.5") if case == cases[0] else ("33", "21")))
        conclude(panel)
        address = reverse("reviews:panel", args=[panel.pk])
        text = signed_in(third.user).get(address).content.decode().partition("<main")[2]
        for word in (cases[0].application.number, cases[0].application.enterprise.name, "13.50"):
            assert word not in text, word
        assert cases[1].application.number in text
        assert "另有 1 件您须回避" in text
        for reader in (seats(panel)[1].user, officer(UNIT)):
            assert "13.50" in signed_in(reader).get(address).content.decode()


class TestSpoiltPosts:
    @pytest.mark.parametrize("total", ["²", "９", "9" * 5000, "-1", "", "1e3"])
    def test_the_number_of_criteria(self, cases, total):
        client = signed_in(officer(UNIT))
        sent = {"add_row": "1", "criteria-TOTAL_FORMS": total, "criteria-INITIAL_FORMS": "0"}
        address = reverse("reviews:convene", args=[task_of(cases[0]).pk])
        assert client.post(address, sent).status_code == 200
        panel = convene(cases[0])
        assert client.post(reverse("reviews:panel_criteria", args=[panel.pk]), sent).status_code == 200
