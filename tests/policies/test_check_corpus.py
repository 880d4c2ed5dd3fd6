"""check_corpus is quiet on the shipped corpus and finds every mutation, naming the file and the sentence."""

import shutil
from io import StringIO

import pytest
from django.core.management import call_command

from policies.corpus_check.check import check_corpus
from policies.rules.corpus import CORPUS

POLICY = "hongfufa-2023-30"


@pytest.fixture
def corpus(tmp_path):
    """A copy of the corpus to spoil."""
    return shutil.copytree(CORPUS, tmp_path / "corpus")


def spoil(corpus, file, old, new):
    path = corpus / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(fault) for fault in check_corpus(corpus)]


def test_shipped_corpus_is_proven():
    assert check_corpus() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        # a word of a quotation, of a sentence, of a bracket
        (
            "clauses/3.4.5.toml",
            'quote = "按其软硬件',
            'quote = "按软硬件',
            "「按软硬件、设备投入给予50%补助」不在原文中",
        ),
        ("clauses/3.4.5.toml", "单个项目最高不超过500万元。", "单个项目最高不超过600万元。", "不在条文 3.4.5 中"),
        ("clauses/3.4.5.toml", "[牵头单位：市工信局；", "[牵头单位：市商务局；", "不在原文中"),
        ("clauses/3.4.5.toml", "；责任单位", "；协办单位", "协办单位"),
        # a number
        ("clauses/3.4.5.toml", 'value = "5000000.00"', 'value = "50000000.00"', "「500万元」读作"),
        ("clauses/3.2.3.toml", 'value = "0.5%"', 'value = "5%"', "「0.5%」读作"),
        ("clauses/3.4.1.toml", 'value = "1"', 'value = "2"', "「1倍」读作"),
        ("clauses/3.4.2.toml", "value = 100,", "value = 101,", "「100人」读作"),
        ("clauses/3.4.4.toml", "value = 15,", "value = 16,", "「15项」读作"),
        (
            "clauses/3.4.4.toml",
            'floor = { value = "1000000.00"',
            'floor = { value = "2000000.00"',
            "「100-200万元」读作",
        ),
        ("clauses/3.4.2.toml", 'literal = "20亿元"', 'literal = "2亿元"', "「2亿元」不是引文"),
        ("clauses/3.4.3.toml", "value = 20,", "value = 30,", "「20家」读作"),
        ("policy.toml", 'rate = { value = "5%"', 'rate = { value = "6%"', "「5%」读作"),
        # a number that nothing uses any more, a quotation of another clause
        ("clauses/3.4.5.toml", "row_cap = {", "# row_cap = {", "「500万元」没有被任何规则引用"),
        (
            "clauses/3.3.1.toml",
            'quote = "给予每家企业每年不超过1000万元的补助"',
            'quote = "给予每家企业每年不超过1000万元的奖励"',
            "不在本条款的原文句中",
        ),
        # facts and evidence
        ("clauses/3.4.5.toml", 'of = "row.investment"', 'of = "row.outlay"', "没有登记的栏"),
        ("clauses/3.4.2.toml", "informational = true", "informational = false", "没有勾选“只作记录"),
        ("clauses/3.4.5.toml", '"acceptance"]', '"opinion"]', "申报材料「opinion」"),
        # head, tree, table, source
        ("policy.toml", "valid_to = 2025-12-31", "valid_to = 2026-12-31", "日期 2026-12-31 不在原文中"),
        ("policy.toml", 'replaces = "洪府发〔2021〕25号"', 'replaces = "洪府发〔2021〕26号"', "不在原文中"),
        ("articles.toml", "聚焦移动智能终端、LED等电子信息细分领域龙头企业", "聚焦移动智能终端等龙头企业", "有缺漏"),
        ("targets.toml", "target = 1950", "target = 1951", "目标表与原文所印的表不一致"),
        ("text.txt", "二、主攻方向", "二、主要方向", "规范文本与原文"),
        ("source.txt", "有效期至2025年12月31日止", "有效期至2026年12月31日止", "原文的 SHA-256"),
        ("clauses/3.4.5.toml", 'kind = "rate"', 'kind = "ratio"', "award"),
    ],
)
def test_a_mutation_is_found_with_its_place(corpus, file, old, new, told):
    faults = spoil(corpus, f"{POLICY}/{file}", old, new)
    # A spoilt tree or text is told of as a whole; everything else at the file that was touched.
    assert any(told in fault and f"{POLICY}/{file.split(':')[0]}" in fault for fault in faults), faults


def test_an_unlisted_clause_and_an_unclaimed_bracket_are_found(corpus):
    order = f"{POLICY}/policy.toml"
    faults = spoil(corpus, order, '"3.7.1", ', "")
    assert any("clauses/3.7.1.toml" in fault and "clause_order" in fault for fault in faults)
    assert any("没有任何条款引用" in fault for fault in faults)


def test_a_file_that_is_no_toml_is_one_fault(corpus):
    (corpus / POLICY / "clauses" / "3.4.5.toml").write_text("id = ", encoding="utf-8")
    faults = check_corpus(corpus)
    assert len(faults) == 1
    assert "3.4.5.toml" in str(faults[0])


def test_command_says_so_and_ends_with_1_on_a_fault(corpus):
    out, err = StringIO(), StringIO()
    call_command("check_corpus", stdout=out)
    assert "核对无误" in out.getvalue()
    spoil(corpus, f"{POLICY}/clauses/3.4.5.toml", 'value = "5000000.00"', 'value = "50000000.00"')
    with pytest.raises(SystemExit) as end:
        call_command("check_corpus", root=corpus, stderr=err)
    assert end.value.code == 1
    assert "3.4.5.toml" in err.getvalue()
