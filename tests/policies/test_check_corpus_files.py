"""Whatever is broken in a copy of the corpus is told in Chinese with its place and what mends it; nothing crashes."""

import re
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from policies.corpus_check.check import check_corpus
from policies.rules.corpus import CORPUS

DOCUMENT = "hongfufa-2023-30"
POLICY, CLAUSE, SERIES = f"{DOCUMENT}/policy.toml", f"{DOCUMENT}/clauses/3.4.2.toml", "series/lpr-1y.toml"
ARTICLES, TARGETS = f"{DOCUMENT}/articles.toml", f"{DOCUMENT}/targets.toml"
REVENUE = 'key = "revenue"\n'
#: Words of Python, tomllib and the operating system that nobody should have to read.
ENGLISH = re.compile(r"Traceback|Error|Errno|No such|Invalid|Expected|Cannot|codec|decode|at line|Is a directory")


@pytest.fixture
def corpus(tmp_path):
    """A copy of the corpus to spoil."""
    return shutil.copytree(CORPUS, tmp_path / "corpus")


def told(corpus):
    faults = [str(fault) for fault in check_corpus(corpus)]
    assert not [fault for fault in faults if ENGLISH.search(fault)]
    return faults


def replaced(corpus, file, old, new):
    text = (corpus / file).read_text(encoding="utf-8")
    assert old in text
    (corpus / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return told(corpus)


@pytest.mark.parametrize("bound", ["abc", "-5.00", "999999999999999.99"])
@pytest.mark.parametrize("name", ["minimum", "maximum"])
def test_a_bound_of_a_figure_of_the_year_that_is_none_is_a_fault(corpus, name, bound):
    faults = replaced(corpus, POLICY, REVENUE, f'{REVENUE}{name} = "{bound}"\n')
    assert len(faults) == 1
    assert faults[0].startswith(f'{POLICY}:year_facts["revenue"].{name}：')
    assert f"“{bound}”不是金额" in faults[0]
    assert "金额写成 1000.00" in faults[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (f"{DOCUMENT}/clauses/3.2.3.toml", 'minimum = "1990"', 'minimum = "x"', "不是数量"),
        (POLICY, "valid_to = 2025-12-31", 'valid_to = "2024-13-45"', "“2024-13-45”不是日期"),
        (POLICY, "valid_to = 2025-12-31", "valid_to = 2024-13-45", "第 7 行"),
        (SERIES, "on = 2021-01-20", 'on = "2024-02-30"', "“2024-02-30”不是日期"),
        (SERIES, 'value = "3.85"', 'value = "abc"', "不是利率"),
        (TARGETS, "target = 1950", 'target = "x"', "应为整数"),
        (TARGETS, "year = 2026", "year = 99999999999999999999", "不能大于 2100"),
        (CLAUSE, "value = 100,", 'value = "x",', "应为整数"),
        (CLAUSE, 'id = "3.4.2"', 'id = "3.4.9"', "请把 id 改为 3.4.2"),
        (POLICY, "issued_on = 2023-10-10", "issued_on = 2023-10-11", "原文印有2023-10-10"),
    ],
)
def test_a_value_that_cannot_be_is_a_fault_of_its_file(corpus, file, old, new, words):
    faults = replaced(corpus, file, old, new)
    assert any(fault.startswith(file) and words in fault and "请" in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        (CLAUSE, b"", "文件是空的"),
        (CLAUSE, b"id = \n", "第 1 行第 6 列"),
        (CLAUSE, b"a = 1\na = 2\n", "同一个键写了两次"),
        (CLAUSE, b"a = " + b"[" * 3000, "层次过深"),
        (CLAUSE, b"a = " + b"9" * 5000, "TOML"),
        (CLAUSE, "id = '汉'".encode("gbk"), "不是 UTF-8 编码"),
        (CLAUSE, b"\xef\xbb\xbfid = 1", "BOM"),
        (f"{DOCUMENT}/source.txt", b"\xff", "不是 UTF-8 编码"),
        (ARTICLES, b"nodes = 5", "nodes"),
        (ARTICLES, b"nodes = [1]", "nodes[0]"),
        (TARGETS, b"x = [", "文件末尾"),
        (SERIES, b"values = 5", "缺少"),
        ("units.toml", b"units = 5", "units"),
        (POLICY, b"clause_order = 5", "clause_order"),
    ],
)
def test_a_broken_file_is_told_with_its_whole_path(corpus, file, content, words):
    (corpus / file).write_bytes(content)
    faults = told(corpus)
    assert any(fault.startswith(file) and words in fault for fault in faults), faults


@pytest.mark.parametrize("file", [CLAUSE, POLICY, ARTICLES, SERIES, "units.toml", f"{DOCUMENT}/text.txt"])
def test_a_missing_file_and_a_folder_in_its_place_are_told(corpus, file):
    (corpus / file).unlink()
    assert any(fault.startswith(file) and "请补上" in fault for fault in told(corpus))
    (corpus / file).mkdir()
    assert any(fault.startswith(file) and "文件夹" in fault for fault in told(corpus))


def test_a_root_that_is_none_is_told(tmp_path):
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    for root, words in ((tmp_path / "none", "不存在"), (file, "实际是文件"), (CORPUS / DOCUMENT, "--root 应是")):
        faults = told(root)
        assert len(faults) == 1
        assert words in faults[0]


def test_an_empty_root_is_no_proven_corpus(tmp_path):
    assert "没有任何政策的文件夹" in told(tmp_path)[0]


def test_texts_that_part_are_told_where_they_part(corpus):
    faults = replaced(corpus, ARTICLES, "LED等电子信息细分领域龙头企业", "LED等电子信息龙头企业")
    parted = next(fault for fault in faults if "各条文依次相连后" in fault)
    assert "之后，规范文本是「细分领域" in parted
    assert "条文是「龙头企业" in parted


def test_another_hash_says_what_to_do(corpus):
    (corpus / DOCUMENT / "source.txt").write_text("演示", encoding="utf-8")
    assert any("SHA-256" in fault and "library.original_sha256" in fault for fault in told(corpus))


def test_loading_tells_the_same(corpus, db):
    (corpus / CLAUSE).write_text("", encoding="utf-8")
    err = StringIO()
    with pytest.raises(CommandError, match="未载入"):
        call_command("load_policies", root=corpus, stderr=err)
    assert f"{CLAUSE}：文件是空的。" in err.getvalue()


def test_a_root_without_corpus_gives_no_false_all_clear(corpus, tmp_path):
    for options, words in (
        ({"root": corpus}, "同时写上 --corpus"),
        ({"root": tmp_path / "none", "corpus": True}, "不存在"),
        ({"root": corpus / "units.toml", "corpus": True}, "不是文件夹"),
    ):
        with pytest.raises(CommandError, match=words) as refused:
            call_command("lint_policy", **options)
        assert refused.value.returncode == 2
