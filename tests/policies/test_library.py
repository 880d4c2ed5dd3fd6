"""The public library: open to everyone, like the original, searchable, with a bounded number of queries."""

import datetime as dt

import pytest
from django.urls import reverse

from policies.explain import explain
from policies.queries import search_clauses, search_text
from policies.rules.corpus import corpus_policies
from tests.factories.policies import NUMBER, clause_of, make_call

pytestmark = pytest.mark.django_db

SLUG = "hongfufa-2023-30"


@pytest.fixture(autouse=True)
def _second_of_march(time_machine):
    time_machine.move_to(dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC))


@pytest.fixture
def call(loaded):
    return make_call(loaded)


def page(client, name, *args, **query):
    return client.get(reverse(f"policies:{name}", args=args), query)


def test_index_lists_documents_and_open_calls(client, call):
    response = page(client, "index")
    assert response.status_code == 200
    html = response.content.decode()
    assert NUMBER in html
    assert "洪工信提字〔2024〕13号" in html
    assert call.title in html
    assert "其中资金条款 18 条" in html


def test_index_without_documents_says_what_to_do(client):
    assert "政策库还没有文件" in page(client, "index").content.decode()


def test_document_is_printed_like_the_original(client, loaded):
    html = page(client, "document", SLUG).content.decode()
    for piece in (
        "南昌市人民政府文件",
        "各县（区）人民政府、开发区管委会，湾里管理局，市直各有关单位：",
        "（此件主动公开）",
        "<strong>规模做大。</strong>",
        '<th scope="row">南昌县(小蓝经开区)</th>',
        "泛指VR/AR/MR/XR及相关产业，下同",
        'href="#tfn3"',
        'href="#t3.4"',
        'id="t3.4"',
    ):
        assert piece in html
    link = reverse("policies:clause", args=[SLUG, "3.4.5"])
    assert f'<a class="clause-link" href="{link}"' in html
    assert html.count("style=") == 0


def test_every_clause_is_linked_from_its_printed_sentence(client, loaded):
    html = page(client, "document", SLUG).content.decode()
    for clause in loaded.clauses.all():
        assert f'href="{reverse("policies:clause", args=[SLUG, clause.clause_id])}"' in html


def test_document_marks_searched_words_and_escapes_them(client, loaded):
    html = page(client, "document", SLUG, q="硅衬底").content.decode()
    assert "<mark>硅衬底</mark>" in html
    assert "<script>alert" not in page(client, "document", SLUG, q="<script>alert(1)</script>").content.decode()


def test_reply_is_in_the_library_without_clauses(client, loaded):
    html = page(client, "document", "honggongxintizi-2024-13").content.decode()
    assert "2174.7亿元" in html
    assert "按条款查看" not in html


@pytest.mark.parametrize(
    "clause_id", [clause.id for clause in corpus_policies()[NUMBER].clauses] + ["3.4.3", "3.6", "4.2"]
)
def test_clause_page_quotes_the_sentence_and_the_units(client, call, clause_id):
    response = page(client, "clause", SLUG, clause_id)
    assert response.status_code == 200
    html = response.content.decode()
    version = clause_of(clause_id).versions.get()
    assert version.quote in html
    assert version.bracket in html
    assert "牵头单位" in html
    assert ("不单独兑现资金" in html) is not clause_of(clause_id).is_monetary


def test_clause_page_explains_amount_facts_evidence_and_open_points(client, call):
    html = page(client, "clause", SLUG, "3.1.2").content.decode()
    for piece in (
        "「年度营业收入」 − 「上年度营业收入」 ≥ 1亿元（100,000,000.00 元）",
        "给予每家企业每年不超过200万元的贷款利息补贴",
        "每家企业每个政策年度最高 200万元（2,000,000.00 元）",
        "借款合同",
        "利息支付清单",
        "贷款贴息的计息年天数",
        "默认值，待确认",
        "2025 政策年度",
    ):
        assert piece in html


def test_clause_page_offers_the_application_only_while_a_call_is_open(client, call, time_machine):
    link = reverse("applications:start", args=[clause_of("3.4.5").pk])
    assert link in page(client, "clause", SLUG, "3.4.5").content.decode()
    assert link not in page(client, "clause", SLUG, "3.4.3").content.decode()
    time_machine.move_to(dt.datetime(2026, 4, 30, 15, 59, 59, tzinfo=dt.UTC))
    assert link in page(client, "clause", SLUG, "3.4.5").content.decode()
    time_machine.move_to(dt.datetime(2026, 4, 30, 16, 0, tzinfo=dt.UTC))  # 24:00 in Nanchang
    assert link not in page(client, "clause", SLUG, "3.4.5").content.decode()


@pytest.mark.parametrize(("clause_id", "query"), [("9.9.9", {}), ("3.4.5", {"version": "7"})])
def test_a_missing_clause_or_version_is_not_found(client, loaded, clause_id, query):
    assert page(client, "clause", SLUG, clause_id, **query).status_code == 404


def test_a_draft_is_shown_to_nobody(client, loaded):
    published = clause_of("3.4.5").versions.get()
    published.pk, published.number, published.state = None, 2, "draft"
    published.published_at, published.quote = None, "尚未发布的文字"
    published.save()
    assert "尚未发布的文字" not in page(client, "clause", SLUG, "3.4.5").content.decode()
    assert page(client, "clause", SLUG, "3.4.5", version="2").status_code == 404


def test_search_finds_clauses_and_text_and_marks_hits(client, loaded):
    html = page(client, "search", q="硅衬底 1000万元").content.decode()
    assert "<mark>硅衬底</mark>" in html
    assert "<mark>1000万元</mark>" in html
    assert "3.3.1" in html
    assert "3.4.5" not in html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "5g+智慧工厂"}, ["3.4.5"]),
        ({"q": "3.8.2"}, ["3.8.2"]),
        ({"unit": "chantou"}, ["4.3"]),
        ({"unit": "jinrong", "kind": "money"}, ["3.1.3a", "3.1.3b", "3.1.3c", "3.1.3d"]),
        ({"q": "没有这个词"}, []),
        ({"q": "100%_"}, []),
    ],
)
def test_search_filters(client, loaded, query, expected):
    response = page(client, "search", **query)
    assert [hit.clause.clause_id for hit in response.context["clauses"]] == expected


def test_湾里管理局_finds_clauses_through_its_group_but_not_3_7_1(loaded):
    from accounts.models import Unit

    found = {hit.clause.clause_id for hit in search_clauses(None, unit=Unit.objects.get(code="wanli"))[0]}
    assert "3.4.5" in found
    assert "3.7.1" not in found
    assert "3.7.1" in {hit.clause.clause_id for hit in search_clauses(None, unit=Unit.objects.get(code="gaoxin"))[0]}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"q": "长" * 61}, "关键词最多 60 个字"),
        ({"q": "硅\x00"}, "含有无法识别的字符"),
        ({"unit": "god"}, "没有这个单位"),
        ({"kind": "god"}, "没有这个类型"),
    ],
)
def test_a_search_that_cannot_be_read_is_a_sentence_and_counts_nothing(client, loaded, query, words):
    response = client.get(reverse("policies:search"), query)
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert "<title>错误：" in html
    assert "找到" not in html
    assert "没有找到相符的条款" not in html


def test_text_search_reads_tables_and_both_documents(loaded):
    hits, count = search_text(None, "小蓝 80")
    assert [hit.node.ref for hit in hits] == ["1.2.6"]
    assert count == 1
    assert {hit.document.number for hit in search_text(None, "电子信息产业")[0]} == {NUMBER, "洪工信提字〔2024〕13号"}


def test_call_page(client, call):
    html = page(client, "call", call.pk).content.decode()
    assert "演示通知正文。" in html
    assert "受理中" in html
    assert html.count('class="apply-name"') == 18
    assert page(client, "call", call.pk + 1).status_code == 404


@pytest.mark.parametrize(
    ("name", "args", "query", "count"),
    [
        ("index", [], {}, 4),
        ("document", [SLUG], {}, 7),
        ("document", ["honggongxintizi-2024-13"], {}, 3),
        ("search", [], {"q": "硅衬底"}, 10),
        ("search", [], {"kind": "money"}, 6),
    ],
)
def test_query_counts(client, call, django_assert_num_queries, name, args, query, count):
    with django_assert_num_queries(count):
        page(client, name, *args, **query)


def test_clause_page_costs_the_same_for_every_clause(client, call, django_assert_max_num_queries):
    for clause in loaded_ids():
        with django_assert_max_num_queries(15):
            page(client, "clause", SLUG, clause)


def loaded_ids():
    return ["3.1.1", "3.1.2", "3.4.2", "3.4.5", "3.4.3"]


def test_anyone_may_read_and_nobody_may_post(client, loaded):
    for address in (reverse("policies:index"), reverse("policies:search"), reverse("policies:document", args=[SLUG])):
        assert client.post(address).status_code == 405


def test_every_shipped_rule_has_plain_words():
    policy = corpus_policies()[NUMBER]
    labels = {fact.key: fact.label for fact in policy.year_facts}
    for clause in policy.clauses:
        words = explain(clause, labels)
        assert words.amount
        assert len(words.conditions) >= len(clause.conditions)
        text = "".join(line.text for line in (*words.conditions, *words.amount, *words.limits))
        assert "Y." not in text
        assert "row." not in text
