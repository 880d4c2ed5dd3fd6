"""A whole document out and in as YAML: the same content, the same bytes; anything else is refused with its line."""

import contextlib
import copy
import datetime as dt
import random
import re
import time
from dataclasses import replace

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from common.audit.queries import history
from common.errors import Invalid, NotAllowed
from policies.actions.documents import copy_document
from policies.actions.drafts import draft_from, save_draft
from policies.actions.transfer import import_document
from policies.drafts import ClauseContent
from policies.lint.text import sha256
from policies.models import ClauseVersion, Document, VersionCase
from policies.queries import lint_version
from policies.queries.lint import source_text
from policies.queries.transfer import exported
from policies.transfer import as_drafts, read_yaml, write_yaml
from tests.factories.accounts import AdministratorFactory, AuditorFactory, UserFactory
from tests.factories.policies import AT, clause_of
from tests.policies.editing.test_documents import HEAD

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return AdministratorFactory()


@pytest.fixture
def file(loaded, editor):
    """The shipped policy with a draft, a worked case and strange words, as an import would leave it, under a new
    number: what the tests change in it is the file, never the database."""
    draft = draft_from(clause_of("3.4.5").versions.get(), valid_from=dt.date(2025, 1, 1), by=editor, at=AT)
    strange = {
        **draft.definition,
        "title": "yes: 'no' \"1:30\" #4 2026-01-01\n第二行 \t末尾 ",
        "extra": [1, 1.5, True, None],
    }
    save_draft(draft, content=replace(ClauseContent.of(draft), definition=strange), expected_edit=1, by=editor, at=AT)
    VersionCase.objects.create(
        version=draft,
        number=7,
        title="一个项目",
        document={"facts": {"cost": "100.00"}, "policy_year": 2025},
        expected={"status": "eligible", "amount": "50.00"},
        entered_by=editor,
        entered_at=AT,
    )
    content = as_drafts(exported(loaded))
    content["document"] = {**content["document"], "number": "洪府发〔2029〕1号", "slug": "hongfufa-2029-1"}
    return content


def strip(content):
    """The content of the head that no import changes, apart."""
    return {key: value for key, value in content.items() if key != "document"}


def test_what_was_imported_is_exported_byte_for_byte(file, editor):
    data = write_yaml(file)
    document = import_document(read_yaml(data), by=editor, at=AT)
    assert write_yaml(exported(document)) == data
    again = Document.objects.get(pk=document.pk)
    assert (again.is_public, again.drafted_by) == (False, editor)
    assert sha256(source_text(again)) == again.source_sha256
    assert {version.state for version in ClauseVersion.objects.filter(clause__document=again)} == {"draft"}
    assert [event.event for event in history(again)] == ["policies.document_imported"]


def test_a_file_of_published_versions_comes_back_as_the_same_drafts(loaded, editor):
    content = exported(loaded)
    assert {version["state"] for clause in content["clauses"] for version in clause["versions"]} == {"published"}
    document = import_document(
        read_yaml(write_yaml(content)), number="洪府发〔2029〕1号", slug="hongfufa-2029-1", by=editor, at=AT
    )
    assert strip(exported(document)) == strip(as_drafts(content))
    assert as_drafts(as_drafts(content)) == as_drafts(content)


def test_an_imported_clause_has_its_units_and_is_judged_as_it_was(file, editor):
    document = import_document(read_yaml(write_yaml(file)), by=editor, at=AT)
    units = list(ClauseVersion.objects.filter(clause__document=document, clause__clause_id="3.4.5").first().units.all())
    assert [unit.name for unit in units] == ["市工信局", "各县区（开发区、湾里管理局）"]
    first = ClauseVersion.objects.get(clause__document=document, clause__clause_id="3.4.5", number=1)
    # The number of the document stands in its own text and in no other: everything else is as it was.
    assert [fault.path for fault in lint_version(first) if fault.refuses] in ([], ["number"])


def test_a_copy_goes_out_and_in_before_it_has_a_text(loaded, editor):
    document = copy_document(loaded, head=HEAD, clauses=[clause_of("3.4.5")], by=editor, at=AT)
    content = exported(document)
    assert content["clauses"][0]["predecessor"] == {"document": loaded.number, "clause": "3.4.5"}
    data = write_yaml({**content, "document": {**content["document"], "number": "洪府发〔2029〕1号", "slug": "a"}})
    assert write_yaml(exported(import_document(read_yaml(data), by=editor, at=AT))) == data


def test_people_read_the_file(file):
    text = write_yaml(file).decode()
    assert text.startswith("# 洪府发〔2029〕1号")
    assert "issued_on: '2023-10-10'" in text
    assert "format: nanchang-ei.policy/1" in text
    assert "target: '1950'" in text
    assert "\\u" not in text
    assert "&id" not in text
    assert yaml.safe_load(text) == file


def test_numbers_of_versions_and_confirmations_are_made_anew(file, editor):
    file["settings"][0] = {**file["settings"][0], "number": 3, "confirmed": True}
    document = import_document(read_yaml(write_yaml(file)), by=editor, at=AT)
    row = document.settings.get(key=file["settings"][0]["key"])
    assert (row.number, row.is_confirmed) == (1, False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update(format="nanchang-ei.policy/2"), r"第 \d+ 行：文件的格式是“nanchang-ei.policy/2”"),
        (lambda c: c.pop("format"), "没有写明格式"),
        (lambda c: c["document"].update(colour="red"), r"第 \d+ 行 这里有系统不认识的内容。.*（document.colour）"),
        (lambda c: (c.pop("groups"), c.pop("targets")), r"文件不完整，缺少同类型条款组（groups）、产业目标（targets）"),
        (lambda c: c["document"].pop("title"), r"第 \d+ 行 缺少“名称”。.*（document.title）"),
        (lambda c: c["document"].update(valid_from="2023-02-30"), "没有 2023-02-30 这一天"),
        (lambda c: c["document"].update(valid_to="2020-01-01"), "截止日早于开始日"),
        (lambda c: c["document"].update(source_sha256="0" * 64), "与 document.source_sha256 不符"),
        (lambda c: c["text"][3].update(text="改过的一句。"), "与 document.source_sha256 不符"),
        (lambda c: c["text"][3].update(ref="0.1"), r"第 \d+ 行 条文编号“0.1”重复.*（text\[3\].ref）"),
        (lambda c: c["text"][3].update(parent="9"), "上级“9”不在它之前"),
        (lambda c: c["text"][3].update(kind="poem"), "poem"),
        (lambda c: c["clauses"][0].update(node="9.9"), "没有条文“9.9”"),
        (lambda c: c["clauses"][1].update(clause_id="3.1.1"), "条款编号“3.1.1”重复"),
        (lambda c: c["clauses"][0].update(clause_id="甲"), r"clauses\[0\].clause_id"),
        (
            lambda c: c["clauses"][0]["versions"][0].update(state="secret"),
            r"第 \d+ 行 .*（clauses\[0\].versions\[0\].state）",
        ),
        (lambda c: c["clauses"][0]["versions"][0].update(number="1"), r"versions\[0\].number"),
        (lambda c: c["clauses"][0]["versions"][0].update(definition=[]), r"versions\[0\].definition"),
        (lambda c: c["clauses"][0].update(predecessor={"document": "甲", "clause": "1"}), "在本系统中不存在"),
        (lambda c: c["groups"][0].update(clauses=["9.9"]), "没有条款“9.9”"),
        (lambda c: c["targets"][0]["rows"][0].update(unit="nowhere"), "单位代码“nowhere”在本系统中不存在"),
        (lambda c: c["targets"][0]["rows"][0].update(target="1,950"), r"rows\[0\].target"),
        (lambda c: c["targets"][0]["rows"][0].update(unit=None), "合计.*只能有一行"),
        (lambda c: c["evidence"][0].update(scope="never"), r"evidence.*scope"),
        (lambda c: c["evidence"].append(copy.deepcopy(c["evidence"][0])), "材料代码“.*”重复"),
        (lambda c: c["document"].update(number="洪府发〔2023〕30号"), "已有文件洪府发〔2023〕30号"),
    ],
)
def test_a_file_that_is_not_right_is_refused_with_its_place_and_nothing_is_stored(file, editor, change, said):
    before = Document.objects.count(), ClauseVersion.objects.count()
    change(file)
    with pytest.raises(Invalid) as refused:
        import_document(read_yaml(write_yaml(file)), by=editor, at=AT)
    sentences = [sentence for told in refused.value.errors.values() for sentence in told]
    assert any(re.search(said, sentence) for sentence in sentences), sentences
    assert (Document.objects.count(), ClauseVersion.objects.count()) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "文件是空的"),
        ("甲: [1, 2", "第 1 行不符合 YAML 的写法|第 2 行不符合"),
        ("a: 1\na: 2", "第 2 行的“a”写了两次"),
        ("a: &x 1", "第 1 行用了锚点"),
        ("a: &x [1]\nb: *x", "第 1 行用了锚点"),
        ("a:\n  <<: {b: 1}", "第 2 行用了合并键"),
        ("a: !!python/object/apply:os.system ['true']", "类型标记"),
        ("a: !!binary aGVsbG8=", "类型标记"),
        ("a: yes", "“yes”有两种读法"),
        ("a: 0x1F", "不是十进制整数"),
        ("a: 1:30", "不是十进制整数"),
        ("a: .inf", "不是十进制小数"),
        ("? [a]\n: 1", "的键不是文字"),
        ("a: 1\n---\nb: 2", "开始了第二份内容"),
        ('a: "\\0"', "不是文字的字符"),
        ("[" * 100 + "]" * 100, "层次超过 60 层"),
        ("- a\n- b", "不是一份政策文件"),
        ("format: nanchang-ei.policy/1", "文件不完整，缺少"),
        ("a: 2026-01-01\nformat: other/1", "第 2 行：文件的格式是“other/1”"),
    ],
)
def test_yaml_with_surprises_is_refused_with_its_line(text, said):
    with pytest.raises(Invalid) as refused:
        read_yaml(text.encode())
    sentences = [sentence for told in refused.value.errors.values() for sentence in told]
    assert any(re.search(said, sentence) for sentence in sentences), sentences
    assert set(refused.value.errors) == {"file"}


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(Invalid, match="第 2 行不是 UTF-8 编码"):
        read_yaml(b"a: 1\nb: \xff\xfe")
    with pytest.raises(Invalid, match="超过 5 MB"):
        read_yaml(b"a" * (5 * 1024 * 1024 + 1))


def test_a_bomb_is_refused_before_it_goes_off():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    started = time.monotonic()
    with pytest.raises(Invalid, match="锚点"):
        read_yaml("\n".join(lines).encode())
    with pytest.raises(Invalid, match="内容过多"):
        read_yaml(b"[" + b"1," * 450_000 + b"1]")
    assert time.monotonic() - started < 20


def test_random_damage_is_refused_in_words_or_read(file, editor):
    """Whatever happens to a byte: a sentence, or a document; never anything else."""
    data = write_yaml(file)
    chance = random.Random(30)
    for _ in range(25):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(damaged))
            damaged[at : at + chance.randint(0, 3)] = bytes(chance.choice(b" :-'\"{}[]&*!\n#0a\xff") for _ in range(2))
        with contextlib.suppress(Invalid):
            read_yaml(bytes(damaged))


@pytest.mark.parametrize("who", [UserFactory, AuditorFactory])
def test_only_administrators_import(file, who):
    with pytest.raises(NotAllowed):
        import_document(read_yaml(write_yaml(file)), by=who(), at=AT)


def test_a_new_number_brings_an_address_of_its_own(file, editor):
    document = import_document(read_yaml(write_yaml(file)), number="洪府发〔2029〕2号", by=editor, at=AT)
    assert document.slug == "hongfufa-2029-2"


def test_the_pages_send_and_take_the_file(loaded, editor, client):
    client.force_login(editor)
    sent = client.get(reverse("editing:document_export", args=[loaded.slug]), {"form": "drafts"})
    assert sent["Content-Disposition"] == 'attachment; filename="hongfufa-2023-30.yaml"'
    url = reverse("editing:document_import")
    taken = client.post(url, {"file": SimpleUploadedFile("a.yaml", sent.content)})
    assert taken.status_code == 422
    assert "已有文件洪府发〔2023〕30号" in taken.content.decode()
    fields = {"number": "洪府发[2029]1号", "slug": ""}
    taken = client.post(url, {**fields, "file": SimpleUploadedFile("a.yaml", sent.content)})
    assert taken["Location"] == reverse("editing:document", args=["hongfufa-2029-1"])
    again = client.get(reverse("editing:document_export", args=["hongfufa-2029-1"])).content
    head = {"number": "洪府发〔2029〕1号", "slug": "hongfufa-2029-1"}
    wanted = yaml.safe_load(sent.content)
    assert yaml.safe_load(again) == {**wanted, "document": {**wanted["document"], **head}}
    assert client.post(url).status_code == 422
    refused = client.post(url, {**fields, "file": SimpleUploadedFile("a.yaml", b"a: &x 1")})
    assert refused.status_code == 422
    assert "第 1 行用了锚点" in refused.content.decode()
    assert 'value="洪府发[2029]1号"' in refused.content.decode()
