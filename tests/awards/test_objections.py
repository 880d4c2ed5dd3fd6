"""异议: anybody, by real name, in time; one item waits, the others go on; two people answer."""

import io
from datetime import timedelta

import pytest

from applications.actions.messages import Enclosure
from awards.actions.objections import decide_objection, draft_answer, look_at_identity, return_answer
from awards.enums import AwardState, ItemState, ObjectionState
from awards.models import Objection
from common.audit.models import AuditEvent
from common.errors import Conflict, Invalid, LateError, NotAllowed
from common.workdays import end_of_day
from letters.enums import LetterKind
from letters.models import Letter
from reviews.enums import StageKind
from reviews.models import Recusal
from tests.factories.awards import make_award
from tests.factories.publicity import WORDS, answer, close, make_draft_round, make_round, object_to
from tests.factories.reviews import LATER, approver, officer, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def award(company):
    """A settled award of 市工信局."""
    return make_award(company, "3.4.5")


@pytest.fixture
def publicity(award):
    """A published round with that award alone."""
    return make_round(award)


@pytest.fixture
def item(publicity):
    """Its one item."""
    return publicity.items.get()


def fresh(thing):
    return type(thing).objects.get(pk=thing.pk)


def test_an_objection_holds_its_item_alone(award, stranger):
    other = make_award(stranger, "3.4.5")
    publicity = make_round(award, other)
    mine, others = publicity.items.get(award=award), publicity.items.get(award=other)
    objection = object_to(mine)
    assert (fresh(mine).state, fresh(award).state) == (ItemState.HELD, AwardState.OBJECTED)
    assert (fresh(others).state, fresh(other).state) == (ItemState.LISTED, AwardState.PUBLIC)
    assert objection.number == "异议2026-0001"
    # Ten working days after 3 March 2026.
    assert f"{objection.due_on}" == "2026-03-17"
    close(publicity)
    assert fresh(other).state == AwardState.APPROVED
    assert (fresh(mine).state, fresh(award).state) == (ItemState.HELD, AwardState.OBJECTED)
    assert Letter.objects.filter(kind=LetterKind.APPROVAL).count() == 1


def test_receipt_goes_to_the_objector_and_the_lead_is_told(item):
    objection = object_to(item)
    letter = Letter.objects.get(subject_key=f"objection:{objection.pk}")
    assert (letter.kind, letter.enterprise, letter.unit) == (LetterKind.RECEIPT, None, item.round.unit)
    assert letter.context["recipient"] == "万建国"
    fields = {field["label"]: field["value"] for field in letter.context["fields"]}
    assert fields["异议编号"] == objection.number
    assert fields["查询码"].replace("-", "").startswith(objection.code)
    assert "13970812345" not in str(letter.context)
    for person in (officer(item.round.unit), approver(item.round.unit)):
        assert person.notifications.filter(title=f"收到异议：{objection.number}").count() == 1


def test_neither_the_trail_nor_any_notice_tells_who_objected(item, company):
    objection = object_to(item, address="南昌市高新区测试路 1 号")
    answer(objection, upheld=False)
    events = str(list(AuditEvent.objects.values_list("data", "actor_name")))
    from accounts.models import Notification

    notices = str(list(Notification.objects.values_list("title", "body", "url")))
    for secret in ("万建国", "13970812345", "测试路", objection.code):
        assert secret not in events
        assert secret not in notices
    assert WORDS not in notices


def test_name_and_phone_are_encrypted_at_rest(item):
    objection = object_to(item)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM awards_objection WHERE id = %s", [objection.pk])
        (row,) = cursor.fetchall()
    assert "万建国" not in row[0]
    assert "13970812345" not in row[1]
    assert (fresh(objection).name, fresh(objection).phone) == ("万建国", "13970812345")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "匿名",
        "匿名群众",
        "热心市民",
        "知情人",
        "张某",
        "王先生",
        "不愿透露姓名",
        "123456",
        "１２３",
        "李",
        "！！！",
        "哈哈哈",
    ],
    ids=range(14),
)
def test_a_name_that_hides_a_name_is_refused(item, name):
    with pytest.raises(Invalid) as told:
        object_to(item, name=name)
    assert list(told.value.errors) == ["name"]
    assert fresh(item).state == ItemState.LISTED


@pytest.mark.parametrize(
    "name", ["祥喆", "欧阳建国", "买买提·吐尔逊", "John Smith", "江西演示电子有限公司"], ids=range(5)
)
def test_real_names_are_taken(item, name):
    assert object_to(item, name=name).name == name


def test_every_fault_is_told_at_once_and_nothing_is_held(item):
    with pytest.raises(Invalid) as told:
        object_to(item, name="匿名", phone="12", text="不公平", files=[Enclosure("x.exe", io.BytesIO(b"MZ"))])
    assert set(told.value.errors) == {"name", "phone", "text", "attachments"}
    assert fresh(item).state == ItemState.LISTED
    assert not Objection.objects.exists()


def test_six_files_are_too_many(item):
    files = [Enclosure(f"{number}.pdf", io.BytesIO(b"%PDF-1.7")) for number in range(6)]
    with pytest.raises(Invalid) as told:
        object_to(item, files=files)
    assert told.value.errors == {"attachments": ["最多附 5 个文件，您选择了 6 个。"]}


def test_files_are_kept_as_they_were_checked(item):
    objection = object_to(item, files=[Enclosure("发票.png", io.BytesIO(picture()))])
    file = objection.files.get()
    assert (file.name, file.kind) == ("发票.png", "png")
    documents = Letter.objects.get(subject_key=f"objection:{objection.pk}").context["documents"]
    assert documents[0]["sha256"] == file.sha256


def picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return out.getvalue()


def test_the_last_instant_is_in_time_and_one_later_is_late(publicity, item):
    end = end_of_day(publicity.last_day)
    with pytest.raises(LateError, match="公示期已于2026年3月10日二十四时结束"):
        object_to(item, at=end)
    with pytest.raises(LateError):
        object_to(item, at=end + timedelta(seconds=1))
    assert fresh(item).state == ItemState.LISTED
    object_to(item, at=end - timedelta(microseconds=1))
    assert fresh(item).state == ItemState.HELD


def test_the_clock_of_the_server_does_not_decide(publicity, item):
    """Whatever the web server thinks, the database's clock says whether it is late."""
    end = end_of_day(publicity.last_day)
    with pytest.raises(LateError):
        object_to(item, at=LATER, clock=lambda: end)


def test_nothing_is_objected_to_before_it_is_published(award):
    draft = make_draft_round(award)
    with pytest.raises(Conflict, match="尚未发布"):
        object_to(draft.items.get())


def test_the_same_words_sent_twice_are_one_objection(publicity, item):
    first = object_to(item)
    assert object_to(item, at=LATER + timedelta(seconds=5)) == first
    # The answer of a connection that broke off comes again after the end: it is still the objection that stands.
    assert object_to(item, at=end_of_day(publicity.last_day) + timedelta(seconds=1)) == first
    assert Objection.objects.count() == 1
    assert Letter.objects.filter(kind=LetterKind.RECEIPT, subject_key__startswith="objection").count() == 1


def test_other_people_or_other_words_are_another_objection(item):
    first = object_to(item)
    second = object_to(item, name="熊志强")
    third = object_to(item, text="研发费用中列支了与项目无关的支出，请核查。")
    assert len({first.pk, second.pk, third.pk}) == 3
    assert [one.number for one in (first, second, third)] == ["异议2026-0001", "异议2026-0002", "异议2026-0003"]


def test_unfounded_before_the_end_is_listed_again_and_closes_with_the_rest(publicity, item, award):
    objection = answer(object_to(item), upheld=False)
    assert objection.state == ObjectionState.UNFOUNDED
    assert (fresh(item).state, fresh(award).state) == (ItemState.LISTED, AwardState.PUBLIC)
    reply = Letter.objects.get(kind=LetterKind.OBJECTION_REPLY)
    assert (reply.subject_key, reply.enterprise) == (f"objection:{objection.pk}", None)
    assert reply.context["recipient"] == "万建国"
    assert "异议不成立" in str(reply.context)
    close(publicity)
    assert fresh(award).state == AwardState.APPROVED


def test_unfounded_after_the_closing_goes_on_by_itself(publicity, item, award):
    objection = object_to(item)
    close(publicity)
    assert not Letter.objects.filter(kind=LetterKind.APPROVAL).exists()
    answer(objection, upheld=False, at=end_of_day(publicity.last_day) + timedelta(days=1))
    assert (fresh(item).state, fresh(award).state) == (ItemState.RELEASED, AwardState.APPROVED)
    letter = Letter.objects.get(kind=LetterKind.APPROVAL)
    assert letter.issued_by == publicity.published_by


def test_unfounded_after_the_end_but_before_the_closing_goes_with_the_closing(publicity, item, award):
    objection = object_to(item)
    answer(objection, upheld=False, at=end_of_day(publicity.last_day) + timedelta(seconds=1))
    assert (fresh(item).state, fresh(award).state) == (ItemState.LISTED, AwardState.PUBLIC)
    close(publicity, at=end_of_day(publicity.last_day) + timedelta(seconds=2))
    assert fresh(award).state == AwardState.APPROVED


def test_two_objections_hold_until_the_last_is_answered(publicity, item, award):
    first, second = object_to(item), object_to(item, name="熊志强")
    close(publicity)
    answer(first, upheld=False)
    assert (fresh(item).state, fresh(award).state) == (ItemState.HELD, AwardState.OBJECTED)
    # The first answer does not promise what the second one may still prevent.
    reply = str(Letter.objects.get(request_key=f"objection.reply:{first.pk}").context)
    assert "异议不成立。所涉事项另有异议正在核查，核查完毕前继续暂缓办理。" in reply
    assert "按程序继续办理" not in reply
    answer(second, upheld=False)
    assert (fresh(item).state, fresh(award).state) == (ItemState.RELEASED, AwardState.APPROVED)
    assert "按程序继续办理" in str(Letter.objects.get(request_key=f"objection.reply:{second.pk}").context)
    assert Letter.objects.filter(kind=LetterKind.OBJECTION_REPLY).count() == 2


def test_upheld_goes_back_to_the_lead(publicity, item, award):
    objection = answer(object_to(item), upheld=True, text="经核对，发票日期早于合同签订日期。")
    assert objection.state == ObjectionState.UPHELD
    award = fresh(award)
    assert (fresh(item).state, award.state) == (ItemState.UPHELD, AwardState.RETURNED)
    assert running(award.application.case).kind == StageKind.LEAD
    # The reason names the objection and nobody's words.
    assert objection.number in award.return_reason
    assert "发票" not in award.return_reason
    assert "异议成立" in str(Letter.objects.get(kind=LetterKind.OBJECTION_REPLY).context)
    close(publicity)
    assert fresh(award).state == AwardState.RETURNED
    assert not Letter.objects.filter(kind=LetterKind.APPROVAL).exists()


def test_the_others_of_an_upheld_item_get_their_own_answers(item, award):
    first, second = object_to(item), object_to(item, name="熊志强")
    answer(first, upheld=True)
    assert fresh(second).state == ObjectionState.OPEN
    answer(second, upheld=False)
    assert (fresh(item).state, fresh(award).state) == (ItemState.UPHELD, AwardState.RETURNED)
    reply = Letter.objects.get(request_key=f"objection.reply:{second.pk}")
    assert "所涉事项此前已因另一件异议退回" in str(reply.context)
    assert "按程序继续办理" not in str(reply.context)


def test_an_item_that_went_back_takes_no_more_objections(item):
    answer(object_to(item), upheld=True)
    with pytest.raises(Conflict, match="已因异议退回"):
        object_to(item, name="熊志强")


def test_two_people_answer(item):
    objection = object_to(item)
    unit = item.round.unit
    both = officer(unit)
    unit.members.create(user=both, role="approver")
    drafted = draft_answer(
        objection=objection, upheld=False, answer="属实。", expected_version=objection.version, by=both, at=LATER
    )
    with pytest.raises(NotAllowed, match="不同的人"):
        decide_objection(objection=drafted, expected_version=drafted.version, by=both, at=LATER)
    assert fresh(objection).state == ObjectionState.DRAFTED


def test_an_answer_needs_a_verdict_and_words(item):
    objection = object_to(item)
    with pytest.raises(Invalid) as told:
        draft_answer(
            objection=objection,
            upheld=None,
            answer="  ",
            expected_version=objection.version,
            by=officer(item.round.unit),
            at=LATER,
        )
    assert set(told.value.errors) == {"upheld", "answer"}


def test_returned_with_a_note_and_answered_anew(item):
    unit = item.round.unit
    objection = object_to(item)
    drafted = draft_answer(
        objection=objection, upheld=False, answer="初稿。", expected_version=1, by=officer(unit), at=LATER
    )
    with pytest.raises(Invalid, match="退回说明"):
        return_answer(objection=drafted, expected_version=drafted.version, note=" ", by=approver(unit), at=LATER)
    returned = return_answer(
        objection=drafted, expected_version=drafted.version, note="请补充验收单。", by=approver(unit), at=LATER
    )
    assert (returned.state, returned.answer, returned.return_note) == (ObjectionState.OPEN, "初稿。", "请补充验收单。")
    assert officer(unit).notifications.filter(title__startswith="答复退回").count() == 1
    assert answer(returned, upheld=False).state == ObjectionState.UNFOUNDED


def test_stale_versions_are_told(item):
    unit = item.round.unit
    objection = object_to(item)
    values = {"upheld": False, "answer": "不属实。", "by": officer(unit), "at": LATER}
    drafted = draft_answer(objection=objection, expected_version=objection.version, **values)
    with pytest.raises(Conflict, match="答复待审核"):
        draft_answer(objection=objection, expected_version=1, **values)
    with pytest.raises(Conflict):
        decide_objection(objection=objection, expected_version=1, by=approver(unit), at=LATER)
    with pytest.raises(Conflict):
        return_answer(objection=objection, expected_version=1, note="退回。", by=approver(unit), at=LATER)
    decide_objection(objection=drafted, expected_version=drafted.version, by=approver(unit), at=LATER)
    with pytest.raises(Conflict, match="异议不成立"):
        decide_objection(objection=drafted, expected_version=drafted.version, by=approver(unit), at=LATER)
    assert Letter.objects.filter(kind=LetterKind.OBJECTION_REPLY).count() == 1


def test_strangers_decide_nothing_and_learn_nothing(item, company):
    objection = object_to(item)
    for who in (officer("市商务局"), approver("市商务局"), officer("高新区"), company.agent):
        with pytest.raises(NotAllowed):
            look_at_identity(objection=objection, by=who, at=LATER)
        with pytest.raises(NotAllowed):
            draft_answer(objection=objection, upheld=True, answer="属实。", expected_version=1, by=who, at=LATER)
    assert not AuditEvent.objects.filter(event="objection.identity_seen").exists()


def test_every_look_at_the_identity_is_recorded(item):
    objection = object_to(item)
    for _ in range(2):
        look_at_identity(objection=objection, by=officer(item.round.unit), at=LATER)
    events = AuditEvent.objects.filter(event="objection.identity_seen", subject_id=str(objection.pk))
    assert events.count() == 2


def test_whoever_stepped_back_from_the_file_does_not_learn_who_objected(item, award):
    objection = object_to(item)
    Recusal.objects.create(case=award.application.case, user=officer(award.unit), reason="亲属", at=LATER)
    with pytest.raises(NotAllowed):
        look_at_identity(objection=objection, by=officer(award.unit), at=LATER)
