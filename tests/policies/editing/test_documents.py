"""Documents in preparation: begun, copied, given a text, marked out into clauses; refusals say what to do."""

import datetime as dt
from dataclasses import replace

import pytest

from accounts.models import Unit
from common.audit.queries import history
from common.errors import Conflict, Invalid, NotAllowed
from policies.actions.annexes import EvidenceItem, TargetRow, set_evidence, set_targets
from policies.actions.documents import copy_document, create_document, edit_head
from policies.actions.marking import ClauseMark, mark_clauses
from policies.actions.texts import edit_node, replace_text
from policies.amounts import FEN_PER_YI, fen_of_yi, yi
from policies.cutting import cut, numbered
from policies.drafts import ClauseContent, content_of
from policies.heads import DocumentHead, normalise_number, suggested_slug
from policies.lint.text import printed_text, sha256
from policies.models import Clause, ClauseVersion, Document, Publication, VersionCase
from policies.queries import lint_version, published_policy
from policies.queries.documents import clause_suggestions, evidence_in_use, unfounded_drafts
from policies.queries.lint import source_text
from policies.queries.versions import composed
from policies.rules.schema import Settings
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.policies import AT, clause_of, load_policy_report

pytestmark = pytest.mark.django_db

BRACKET = "[牵头单位：市工信局；责任单位：各县区（开发区、湾里管理局）]"
TEXT = f"""南昌市人民政府文件
洪府发〔2026〕5号
关于支持电子信息产业的若干措施
各县（区）人民政府：
为支持产业发展，制定本措施。
一、支持政策
（一）支持研发。对年度研发费用达到500万元以上的企业，给予20万元补助。{BRACKET}对首次入规的企业，给予10万元奖励。{BRACKET}
（二）支持展会。积极举办行业展会。{BRACKET}
二、附则
本措施自2026年1月1日起施行，有效期至2027年12月31日。"""
HEAD = DocumentHead(
    number="洪府发〔2026〕5号",
    title="关于支持电子信息产业的若干措施",
    kind="policy",
    issuer="南昌市人民政府",
    slug="hongfufa-2026-5",
    issued_on=dt.date(2026, 1, 1),
    valid_from=dt.date(2026, 1, 1),
    valid_to=dt.date(2027, 12, 31),
)


@pytest.fixture
def editor():
    return AdministratorFactory()


@pytest.fixture
def document(loaded, editor):
    """A new document without a text."""
    return create_document(head=HEAD, by=editor, at=AT)


def give_text(document, editor, text=TEXT):
    document.refresh_from_db()
    replace_text(document, source=text, pieces=numbered(cut(text)), expected_edit=document.edit, by=editor, at=AT)
    document.refresh_from_db()
    return document


def mark(document, ref, quote, clause_id="1.1", bracket=BRACKET):
    return ClauseMark(document.nodes.get(ref=ref), clause_id, "研发补助", quote, bracket, True)


# ------------------------------------------------------------------------------------------------------ head


@pytest.mark.parametrize(
    "typed",
    ["洪府发〔2026〕5号", "洪府发[2026]5号", "洪府发（2026）第5号", " 洪府发【２０２６】 5 号", "洪府发(2026)5号"],
)
def test_a_number_is_kept_in_its_standard_form(typed):
    assert normalise_number(typed) == "洪府发〔2026〕5号"


@pytest.mark.parametrize("typed", ["", "洪府发2026-5", "洪府发〔26〕5号", "洪府发〔2026〕05号", "abc〔2026〕5号"])
def test_another_form_is_refused_with_an_example(typed):
    with pytest.raises(Invalid, match="洪府发〔2023〕30号"):
        normalise_number(typed)


def test_addresses_are_suggested_by_the_number():
    assert suggested_slug("洪府发〔2023〕30号") == "hongfufa-2023-30"
    assert suggested_slug("洪工信提字〔2024〕13号") == "honggongxintizi-2024-13"
    assert suggested_slug("鑫府发〔2024〕1号") == "wenjian-2024-1"


def test_a_new_document_is_in_preparation_with_every_open_point_as_a_default(document, loaded, editor):
    assert (document.is_public, document.drafted_by, document.edit) == (False, editor, 1)
    assert document not in Document.objects.visible_to(UserFactory())
    rows = {row.key: row for row in document.settings.all()}
    assert set(Settings.model_fields) <= set(rows)
    assert set(loaded.settings.values_list("key", flat=True)) == set(rows)
    assert not any(row.is_confirmed for row in rows.values())
    assert all(row.value == row.default and row.valid_from == document.valid_from for row in rows.values())
    assert rows["day_count"].reason.startswith("默认值，待确认。说明取自洪府发〔2023〕30号")
    raw = composed(document, 2026, {"year_facts": [], "total_cap": None, "groups": []}, {})
    assert Settings.model_validate(raw["settings"]).governing_day.value == "12-31"
    assert [event.event for event in history(document)] == ["policies.document_created"]


def test_where_no_policy_is_loaded_the_engine_still_has_its_points(db, editor):
    document = create_document(head=HEAD, by=editor, at=AT)
    assert {row.key for row in document.settings.all()} == set(Settings.model_fields)
    raw = composed(document, 2026, {"year_facts": [], "total_cap": None, "groups": []}, {})
    Settings.model_validate(raw["settings"])


def test_a_reply_needs_no_first_day_and_has_no_points(loaded, editor):
    reply = replace(HEAD, kind="reply", valid_from=None, valid_to=None)
    assert create_document(head=reply, by=editor, at=AT).settings.count() == 0


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"number": "洪府发〔2023〕30号"}, "number", "已有文件洪府发〔2023〕30号"),
        ({"number": "五号"}, "number", "机关代字、年份和序号"),
        ({"slug": "hongfufa-2023-30"}, "slug", "已被其他文件使用"),
        ({"slug": "Hong Fu"}, "slug", "小写字母"),
        ({"slug": "new"}, "slug", "已有其他用途"),
        ({"valid_from": None}, "valid_from", "请填写施行日期"),
        ({"valid_to": dt.date(2025, 1, 1)}, "valid_to", "不能早于施行日期"),
        ({"replaces": "洪府发〔2026〕5号"}, "replaces", "不能废止自己"),
        ({"replaces": "旧文件"}, "replaces", "机关代字"),
        ({"title": " "}, "title", "请填写标题"),
        ({"kind": "law"}, "kind", "请选择"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_head_is_refused_at_its_field(loaded, editor, changes, field, said):
    with pytest.raises(Invalid) as refused:
        create_document(head=replace(HEAD, **changes), by=editor, at=AT)
    assert said in "".join(refused.value.errors[field])
    assert not Document.objects.filter(title=HEAD.title).exists()


@pytest.mark.parametrize("who", [UserFactory, AuditorFactory])
def test_only_administrators_write(document, who):
    person = who()
    with pytest.raises(NotAllowed):
        create_document(head=replace(HEAD, number="洪府发〔2026〕6号", slug="x"), by=person, at=AT)
    with pytest.raises(NotAllowed):
        edit_head(document, head=HEAD, expected_edit=1, by=person, at=AT)
    with pytest.raises(NotAllowed):
        replace_text(document, source=TEXT, pieces=numbered(cut(TEXT)), expected_edit=1, by=person, at=AT)
    with pytest.raises(NotAllowed):
        set_evidence(document, items=[], expected_edit=1, by=person, at=AT)
    with pytest.raises(NotAllowed):
        mark_clauses(document, marks=[], by=person, at=AT)


def test_the_head_is_changed_and_the_points_begin_on_the_new_day(document, editor):
    later = replace(HEAD, valid_from=dt.date(2026, 3, 1), issuer="南昌市人民政府办公室")
    document = edit_head(document, head=later, expected_edit=1, by=editor, at=AT)
    assert (document.edit, document.issuer) == (2, "南昌市人民政府办公室")
    assert set(document.settings.values_list("valid_from", flat=True)) == {dt.date(2026, 3, 1)}
    event = history(document).get(event="policies.document_head_edited")
    assert event.data["changed"]["valid_from"] == ["2026-01-01", "2026-03-01"]
    assert edit_head(document, head=later, expected_edit=2, by=editor, at=AT).edit == 2


def test_the_second_of_two_is_told_who_was_first(document, editor):
    edit_head(document, head=replace(HEAD, title="甲"), expected_edit=1, by=AdministratorFactory(name="钱先来"), at=AT)
    with pytest.raises(Conflict, match=r"钱先来.*保存了第 2 次修改，您打开的是第 1 次"):
        edit_head(document, head=replace(HEAD, title="乙"), expected_edit=1, by=editor, at=AT)


def test_a_public_document_keeps_its_head_and_text(loaded, editor):
    head = replace(HEAD, number=loaded.number, slug=loaded.slug)
    with pytest.raises(Conflict, match="已公开，文件信息和正文不能修改"):
        edit_head(loaded, head=head, expected_edit=1, by=editor, at=AT)
    with pytest.raises(Conflict, match="已公开"):
        replace_text(loaded, source=TEXT, pieces=numbered(cut(TEXT)), expected_edit=1, by=editor, at=AT)
    with pytest.raises(Conflict, match="已公开"):
        edit_node(loaded.nodes.get(ref="3.4.5"), text="甲。", expected_edit=1, by=editor, at=AT)


# ------------------------------------------------------------------------------------------------------ copies


def test_a_copy_takes_along_what_is_said_of_it(loaded, editor):
    source = clause_of("3.4.5").versions.get()
    VersionCase.objects.filter(version=source).delete()
    chosen = list(Clause.objects.filter(document=loaded, clause_id__in=["3.3.1", "3.4.5"]))
    document = copy_document(loaded, head=HEAD, clauses=chosen, by=editor, at=AT)
    assert document.copied_from == loaded
    assert (document.evidence, document.common_evidence) == (loaded.evidence, loaded.common_evidence)
    drafts = list(ClauseVersion.objects.filter(clause__document=document).order_by("clause__order"))
    assert [(draft.clause.clause_id, draft.state, draft.number) for draft in drafts] == [
        ("3.3.1", "draft", 1),
        ("3.4.5", "draft", 1),
    ]
    assert drafts[1].clause.predecessor == clause_of("3.4.5")
    assert content_of(drafts[1]) == replace(
        ClauseContent.of(source), valid_from=document.valid_from, valid_to=document.valid_to
    )
    rules = document.rules.get()
    assert [group["clauses"] for group in rules.definition["groups"]] == [["3.3.1"]]
    reasons = list(document.settings.values_list("reason", flat=True))
    assert all(reason.startswith("取自洪府发〔2023〕30号第1版，待确认") for reason in reasons)
    assert (document.targets.count(), [node.text for node in document.nodes.all()]) == (0, [""])
    assert [one.version for one in unfounded_drafts(document, document.nodes.all())] == drafts


def test_a_copy_keeps_settings_as_they_were_changed_but_unconfirmed(loaded, editor):
    row = loaded.settings.get(key="day_count")
    row.pk, row.number, row.value, row.confirmed_at, row.confirmed_by = None, 2, 365, AT, editor
    row.save()
    copied = copy_document(loaded, head=HEAD, clauses=[], by=editor, at=AT).settings.get(key="day_count")
    assert (copied.value, copied.default, copied.number, copied.is_confirmed) == (365, 360, 1, False)
    assert copied.reason.startswith("取自洪府发〔2023〕30号第2版")


def test_the_new_text_tells_which_copied_sentences_stand_in_it(loaded, editor):
    chosen = list(Clause.objects.filter(document=loaded, clause_id__in=["3.3.1", "3.4.5"]))
    document = copy_document(loaded, head=HEAD, clauses=chosen, by=editor, at=AT)
    quote = clause_of("3.4.5").versions.get().quote
    text = f"一、支持\n（一）工厂。{quote}{BRACKET}"
    missing = replace_text(
        document, source=text, pieces=numbered(cut(text)), expected_edit=document.edit, by=editor, at=AT
    )
    assert [one.version.clause.clause_id for one in missing] == ["3.3.1"]
    places = dict(document.clauses.values_list("clause_id", "node__ref"))
    assert places["3.4.5"] == "1.1.1"
    assert not document.nodes.filter(ref="0").exists()
    stands = ClauseVersion.objects.get(clause__document=document, clause__clause_id="3.4.5")
    assert "sentence" not in {fault.path.rpartition(".")[2] for fault in lint_version(stands)}


def test_clauses_of_another_document_are_not_copied(loaded, document, editor):
    give_text(document, editor)
    (draft,) = mark_clauses(
        document, marks=[mark(document, "1.1.2", "对首次入规的企业，给予10万元奖励。")], by=editor, at=AT
    )
    head = replace(HEAD, number="洪府发〔2026〕6号", slug="hongfufa-2026-6")
    with pytest.raises(Invalid, match="不是洪府发〔2023〕30号的条款"):
        copy_document(loaded, head=head, clauses=[draft.clause], by=editor, at=AT)
    assert not Document.objects.filter(slug="hongfufa-2026-6").exists()


# ------------------------------------------------------------------------------------------------------ text


def test_a_text_is_stored_with_the_sums_that_the_lints_compare(document, editor):
    give_text(document, editor)
    assert document.original_sha256 == sha256(TEXT)
    assert document.source_sha256 == sha256(source_text(document))
    assert printed_text(document.nodes.values_list("kind", "text")) == source_text(document)
    refs = dict(document.nodes.values_list("ref", "kind"))
    assert refs["1.1.1"] == refs["1.1.2"] == "passage"
    assert refs["2.1"] == "paragraph"
    assert document.edit == 2
    event = history(document).get(event="policies.document_text_replaced")
    assert (event.data["before"], event.data["sha256"]) == ("", document.source_sha256)


def test_pieces_that_are_not_the_text_are_refused(document, editor):
    pieces = numbered(cut(TEXT))
    for wrong in (pieces[:-1], [replace(pieces[0], text="甲"), *pieces[1:]]):
        with pytest.raises(Invalid, match="与所给的正文不一致"):
            replace_text(document, source=TEXT, pieces=wrong, expected_edit=1, by=editor, at=AT)
    for change, said in (
        ({"ref": "A B"}, "编号“A B”无效"),
        ({"ref": "1"}, "重复"),
        ({"parent": "9"}, "上级"),
        ({"kind": "x"}, "类别"),
        ({"text": ""}, "没有文字"),
        ({"text": "甲\n乙"}, "请不要换行"),
        ({"text": "甲|乙"}, "竖线"),
        ({"text": "甲\x07"}, "控制字符"),
    ):
        with pytest.raises(Invalid, match=said):
            replace_text(
                document,
                source=TEXT,
                pieces=[*pieces[:-1], replace(pieces[-1], **change)],
                expected_edit=1,
                by=editor,
                at=AT,
            )
    assert not document.nodes.exists()


def test_another_text_moves_the_clauses_and_names_what_no_longer_stands(document, editor):
    give_text(document, editor)
    quotes = {"1.1": "对首次入规的企业，给予10万元奖励。", "1.2": "积极举办行业展会。"}
    marks = [mark(document, "1.1.2", quotes["1.1"], "1.1"), mark(document, "1.2.1", quotes["1.2"], "1.2")]
    mark_clauses(document, marks=marks, by=editor, at=AT)
    text = TEXT.replace("积极举办行业展会。", "举办展会。").replace(
        "（一）支持研发。", "（一）支持研发。增强能力。" + BRACKET
    )
    missing = replace_text(
        document, source=text, pieces=numbered(cut(text)), expected_edit=document.edit, by=editor, at=AT
    )
    assert [one.version.clause.clause_id for one in missing] == ["1.2"]
    assert dict(document.clauses.values_list("clause_id", "node__ref")) == {"1.1": "1.1.3", "1.2": "1.2.1"}
    document.refresh_from_db()
    assert set(ClauseVersion.objects.filter(clause__document=document).values_list("source_sha256", flat=True)) == {
        document.source_sha256
    }


def test_a_slip_of_the_copy_is_corrected_in_its_piece(document, editor):
    give_text(document, editor)
    node = document.nodes.get(ref="1.2.1")
    assert edit_node(node, text=node.text.replace("展会", "博览会"), expected_edit=2, by=editor, at=AT) == []
    document.refresh_from_db()
    assert document.source_sha256 == sha256(source_text(document))
    assert "博览会" in document.nodes.get(ref="1.2.1").plain
    assert history(document).get(event="policies.document_node_edited").data["ref"] == "1.2.1"
    with pytest.raises(Conflict, match="您打开的是第 2 次"):
        edit_node(node, text="甲。", expected_edit=2, by=editor, at=AT)
    with pytest.raises(Invalid, match="没有文字") as refused:
        edit_node(node, text=" ", expected_edit=3, by=editor, at=AT)
    assert refused.value.field == "text"


def test_what_waits_for_publication_keeps_its_text(document, editor):
    Publication.objects.create(
        document=document, reason="演示", content_sha256="0" * 64, submitted_by=editor, submitted_at=AT
    )
    with pytest.raises(Conflict, match="须先撤回或退回"):
        replace_text(document, source=TEXT, pieces=numbered(cut(TEXT)), expected_edit=1, by=editor, at=AT)


# ------------------------------------------------------------------------------------------------------ clauses


def test_clauses_are_marked_out_all_or_none(document, editor):
    give_text(document, editor)
    good = mark(document, "1.1.2", "对首次入规的企业，给予10万元奖励。")
    with pytest.raises(Invalid, match="不在所选条文中"):
        mark_clauses(document, marks=[good, mark(document, "1.2.1", "没有这句。", "1.2")], by=editor, at=AT)
    with pytest.raises(Invalid, match="写了两次"):
        mark_clauses(document, marks=[good, good], by=editor, at=AT)
    with pytest.raises(Invalid, match="编号“一”无效"):
        mark_clauses(document, marks=[replace(good, clause_id="一")], by=editor, at=AT)
    with pytest.raises(Invalid, match="请至少勾选"):
        mark_clauses(document, marks=[], by=editor, at=AT)
    assert not document.clauses.exists()
    (draft,) = mark_clauses(document, marks=[good], by=editor, at=AT)
    assert [unit.name for unit in draft.units.order_by("role", "order")] == ["市工信局", "各县区（开发区、湾里管理局）"]


def test_brackets_suggest_clauses_until_they_are_made(document, editor):
    give_text(document, editor)
    found = clause_suggestions(document)
    assert [(one.ref, one.choices[0]) for one in found] == [
        ("1.1.1", "对年度研发费用达到500万元以上的企业，给予20万元补助。"),
        ("1.1.2", "对首次入规的企业，给予10万元奖励。"),
        ("1.2.1", "积极举办行业展会。"),
    ]
    mark_clauses(document, marks=[mark(document, "1.1.2", found[1].choices[0])], by=editor, at=AT)
    assert [one.ref for one in clause_suggestions(document)] == ["1.1.1", "1.2.1"]


# ------------------------------------------------------------------------------------------------------ annexes


def test_the_catalogue_of_evidence_is_for_drafts_and_leaves_what_is_published(loaded, editor):
    before = clause_of("3.4.5").versions.get().evidence
    items = [EvidenceItem("contract", "采购合同"), EvidenceItem("license", "营业执照", "副本", "year", common=True)]
    document = set_evidence(loaded, items=items, expected_edit=1, by=editor, at=AT)
    assert document.evidence["license"] == {"label": "营业执照", "help": "副本", "scope": "year"}
    assert document.common_evidence == ["license"]
    assert clause_of("3.4.5").versions.get().evidence == before
    event = history(document).get(event="policies.document_evidence_edited")
    assert "invoice" in event.data["removed"]
    assert event.data["added"] == ["license"]
    with pytest.raises(Conflict):
        set_evidence(loaded, items=items, expected_edit=1, by=editor, at=AT)


def test_the_next_load_leaves_the_catalogue_as_an_administrator_set_it(loaded, editor):
    set_evidence(loaded, items=[EvidenceItem("contract", "采购合同")], expected_edit=1, by=editor, at=AT)
    load_policy_report()
    loaded.refresh_from_db()
    assert loaded.evidence == {"contract": {"label": "采购合同", "help": "", "scope": "own"}}


def test_evidence_that_drafts_ask_for_stays(loaded, editor):
    document = copy_document(loaded, head=HEAD, clauses=[clause_of("3.4.5")], by=editor, at=AT)
    assert sorted(evidence_in_use(document)) == ["acceptance", "contract", "invoice", "payment_voucher"]
    with pytest.raises(Invalid, match=r"“合同”还被.*3\.4\.5.*第1版使用|还被.*使用，不能删去"):
        set_evidence(document, items=[], expected_edit=1, by=editor, at=AT)
    with pytest.raises(Invalid, match="写了两次"):
        set_evidence(
            document, items=[EvidenceItem("a", "甲"), EvidenceItem("a", "乙")], expected_edit=1, by=editor, at=AT
        )


def target(code, amount):
    unit = Unit.objects.get(code=code)
    return TargetRow(unit, unit.name, "LED", fen_of_yi(amount))


def test_targets_add_up_or_say_that_they_do_not(document, editor):
    rows = [target("gaoxin", "10"), target("jingkai", "5.5")]
    fields = {"year": 2027, "rows": rows, "by": editor, "at": AT}
    with pytest.raises(Invalid, match=r"合计比各行之和多 0\.5 亿元") as refused:
        set_targets(document, total_fen=16 * FEN_PER_YI, differs=False, expected_edit=1, **fields)
    assert refused.value.field == "total"
    made = set_targets(document, total_fen=16 * FEN_PER_YI, differs=True, expected_edit=1, **fields)
    assert [(row.printed, yi(row.target_fen)) for row in made] == [("高新区", "10"), ("经开区", "5.5"), ("合计", "16")]
    set_targets(document, total_fen=15 * FEN_PER_YI + FEN_PER_YI // 2, differs=False, expected_edit=2, **fields)
    assert document.targets.count() == 3
    event = history(document).filter(event="policies.document_targets_edited").order_by("-pk").first()
    assert (event.data["before"][-1], event.data["after"][-1][2]) == (
        ["合计", "", 16 * FEN_PER_YI],
        155 * FEN_PER_YI // 10,
    )
    with pytest.raises(Invalid, match="写了两次"):
        set_targets(
            document, year=2028, rows=[rows[0], rows[0]], total_fen=0, differs=True, expected_edit=3, by=editor, at=AT
        )
    with pytest.raises(Invalid, match="至少填写一行"):
        set_targets(document, year=2028, rows=[], total_fen=0, differs=True, expected_edit=3, by=editor, at=AT)


def test_a_public_document_gets_new_years_only(loaded, editor):
    fields = {"rows": [target("gaoxin", "10")], "total_fen": 10 * FEN_PER_YI, "differs": False, "by": editor, "at": AT}
    with pytest.raises(Conflict, match="2026 年的目标不能修改"):
        set_targets(loaded, year=2026, expected_edit=1, **fields)
    set_targets(loaded, year=2028, expected_edit=1, **fields)
    assert loaded.targets.filter(year=2026).count() == 9
    assert published_policy(loaded.number, 2025)


@pytest.mark.parametrize(("text", "fen"), [("1950", 195_000_000_000_00), ("0.5", 50_000_000_00), ("0.00000001", 100)])
def test_amounts_of_tables_are_exact(text, fen):
    assert fen_of_yi(text) == fen
    assert yi(fen) == text
