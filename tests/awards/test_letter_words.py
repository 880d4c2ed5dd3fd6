"""Letters of awards are made of standing words: today's sentences by default, an administrator's from their day on."""

from datetime import timedelta

import pytest

from awards.letters import request_award_letter, request_zero_letter
from common.workdays import local_day
from letters.actions import set_letter_text
from letters.content import from_json
from letters.models import Letter
from tests.factories.accounts import AdministratorFactory
from tests.factories.awards import make_approved_award
from tests.factories.reviews import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture
def award(company):
    return make_approved_award(company)


def said(letter):
    """Title and paragraphs of an ordered letter."""
    content = from_json(letter.context)
    return letter.title, [paragraph.text for paragraph in content.paragraphs], [line.text for line in content.closing]


REMEDIES = (
    "如不服本决定，可以自收到本文书之日起60日内依法申请行政复议，"
    "也可以自收到本文书之日起6个月内依法向人民法院提起行政诉讼。"
)


def test_the_approval_says_what_it_said_before(award):
    number = award.application.number
    title, paragraphs, closing = said(request_award_letter(award=award, by=None, at=LATER))
    assert title == "关于2024年度“5G+智慧工厂”建设补助的批复"
    assert paragraphs == [
        f"你单位提交的2024年度“‘5G+智慧工厂’建设补助”申报（编号 {number}）收悉。经审核、公示，批复如下：",
        "同意给予你单位2024年度“‘5G+智慧工厂’建设补助”奖补资金。",
    ]
    assert closing == [REMEDIES, "特此批复。"]


def test_the_notice_of_nothing_says_what_it_said_before(award):
    number = award.application.number
    title, paragraphs, closing = said(request_zero_letter(award=award, by=None, at=LATER))
    assert title == "关于奖补金额核定结果的告知书"
    assert paragraphs == [
        f"你单位提交的2024年度“‘5G+智慧工厂’建设补助”申报（编号 {number}）收悉。"
        "经审核符合条款条件，但核定金额为零，现将理由告知如下：",
        "按条款金额核定。",
    ]
    assert closing == [REMEDIES, "特此告知。"]


def test_receipt_and_correction_of_the_same_file_know_their_words(award):
    (receipt,) = Letter.objects.filter(kind="receipt", enterprise=award.account.enterprise)
    content = from_json(receipt.context)
    assert (receipt.title, content.template) == ("受理回执", "receipt")
    assert {item.label: item.value for item in content.values}["条款编号"] == "3.4.5"
    assert len(content.next_steps) == 3


@pytest.mark.parametrize(("days", "changed"), [(-1, False), (0, True), (1, True)])
def test_changed_words_hold_from_their_day_on(award, days, changed):
    day = local_day(LATER) + timedelta(days=2)
    set_letter_text(
        kind="approval",
        slot="decision",
        body="经研究，核定奖补{核定金额}元（条款金额{条款金额}元）。",
        valid_from=day,
        note="写明金额",
        by=AdministratorFactory(),
        at=LATER,
    )
    at = LATER + timedelta(days=2 + days)
    _, paragraphs, _ = said(request_award_letter(award=award, by=None, at=at))
    assert (paragraphs[-1] == "经研究，核定奖补9,000,000.00元（条款金额9,000,000.00元）。") is changed
