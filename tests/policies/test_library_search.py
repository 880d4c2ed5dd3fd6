"""Search that works for Chinese: either width and spelling, the best answer first, nothing that is not public."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from policies.actions import end_version, publish_version
from policies.actions.drafts import create_clause, discard_draft, draft_from, save_draft
from policies.drafts import ClauseContent
from policies.library_terms import (
    WEIGHTS,
    adjacent,
    folding,
    found_in,
    pattern,
    pieces,
    read_number,
    spoken_number,
)
from policies.models import Clause, ClauseVersion, Document, Node
from policies.models.search import Pieces, VersionText
from policies.queries import clause_hits, document_hits, library_documents, search_clauses, search_text, text_hits
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, NUMBER, clause_of, second_policy

__all__ = ["second_policy"]

DAY = dt.date(2026, 3, 2)
#: Everything that people type: characters, spellings, numbers, several words, signs that mean something to a pattern.
TYPED = (
    "智慧工厂", "智慧工廠", "企业", "设备 贷款", "贷款 设备", "5%", "百分之五", "30号", "3.4.5", "3.4", "ＬＰＲ", "lpr",
    "5G+智慧工厂", "５ｇ＋智慧工厂", "“一企一策”", "(含税)", "[牵头单位", "市工信局", "发票", "名称 投资", "智惠工厂",
    "\\", ".", "^", "万", "。", "没有这个词 企业", "500万元", "I", "电子信息",
)  # fmt: skip


def score(fields, terms):
    """How well fields, each with its kind, answer the words, worked out by itself: what the database has to find.

    Each word counts where it says most; words that stand together in one field count as many more; 0 where a word is
    found in none of them.
    """
    total = 0
    for term in terms:
        best = max((WEIGHTS[kind] for kind, text in fields if re.search(pattern(term), text, re.IGNORECASE)), default=0)
        if not best:
            return 0
        total += best
    if len(terms) > 1:
        together = (WEIGHTS[kind] for kind, text in fields if re.search(adjacent(terms), text, re.IGNORECASE))
        total += max(together, default=0) * len(terms)
    return total


def fields_of(clause, version):
    yield "title", f"{clause.clause_id} {clause.title}"
    yield "sentence", version.quote
    yield "label", version.bracket
    for fact in version.definition.get("facts", ()):
        yield "label", fact["label"]
        for column in fact.get("columns") or ():
            yield "label", column["label"]


def cut(text):
    """The pieces of a text, as the database is to cut it."""
    plain = text.translate(str.maketrans(*folding()))
    return set(plain) | {plain[at : at + 2] for at in range(len(plain) - 1)}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("洪府发〔2023〕30号", "洪府发[2023]30号"),
        ("洪府发〔2023〕30号", "（２０２３）"),
        ("奖补5%", "5％"),
        ("奖补百分之五", "5%"),
        ("奖补25%", "百分之二十五"),
        ("“5G+智慧工厂”", "5g＋智慧工厂"),
        ("LPR", "lpr"),
        ("a.b", "a.b"),
        ("C++\\[x]", "c++\\[X]"),
        ("“5G+智慧工厂”", "智慧工廠"),
        ("首台（套）重大技術裝備", "重大技术装备"),
    ],
    ids=["brackets", "width", "percent sign", "spoken", "read", "plus", "case", "dot", "signs", "traditional", "both"],
)
def test_spellings_find_one_another(text, word):
    assert found_in(text, [word])


@pytest.mark.parametrize(
    ("text", "word"),
    [("奖补15%", "5%"), ("奖补0.5%", "5%"), ("奖补百分之五十", "5%"), ("axb", "a.b"), ("奖补5%", "百分之五十")],
    ids=["end of another", "fraction", "longer word", "no joker", "other number"],
)
def test_what_is_no_answer(text, word):
    assert not found_in(text, [word])


@pytest.mark.parametrize(
    ("word", "spellings"),
    [
        ("智慧工廠", [["工厂", "慧工", "智慧"]]),
        ("厂", [["厂"]]),
        ("ＬPR", [["lp", "pr"]]),
        ("[2", [["(2"]]),
        ("5%", [["5%"], ["之五", "分之", "百分"]]),
        ("É", [[]]),
    ],
    ids=["traditional", "one", "width", "brackets", "percentage", "letter that is not folded"],
)
def test_the_pieces_that_a_text_with_the_word_must_have(word, spellings):
    assert pieces(word) == spellings


def test_percentages_are_read_as_they_are_spoken():
    assert [spoken_number(value) for value in (0, 5, 10, 11, 20, 25, 100)] == [
        "零",
        "五",
        "十",
        "十一",
        "二十",
        "二十五",
        "百",
    ]
    assert all(read_number(spoken_number(value)) == value for value in range(101))
    assert read_number("十五十") is None


def test_a_title_counts_more_than_a_sentence_and_neighbours_more_than_strangers():
    title, sentence, label = [("title", "设备贷款")], [("sentence", "设备贷款")], [("label", "设备贷款")]
    assert score(title, ["贷款"]) > score(sentence, ["贷款"]) > score(label, ["贷款"]) > 0
    assert score([("sentence", "设备贷款")], ["设备", "贷款"]) > score([("sentence", "贷款买设备")], ["设备", "贷款"])
    assert score(title, ["设备", "厂房"]) == 0


@pytest.mark.django_db
class TestFound:
    def test_the_database_finds_what_python_finds(self, loaded):
        texts = list(Node.objects.values_list("plain", flat=True))
        for word in ("5%", "百分之五", "〔2023〕", "[2023]", "ＬＰＲ", "“一企一策”", "500万元", "(含税)", "\\"):
            by_python = sum(found_in(text, [word]) for text in texts)
            assert Node.objects.filter(plain__iregex=pattern(word)).count() == by_python, word

    def test_the_clause_whose_title_has_the_word_comes_first(self, loaded):
        hits, count = search_clauses(None, "智慧工厂")
        assert hits[0].clause.clause_id == "3.4.5"
        assert count == len(hits)

    def test_all_words_must_be_found(self, loaded):
        assert search_clauses(None, "智慧工厂 没有这个词") == ([], 0)
        assert search_text(None, "智慧工厂 没有这个词") == ([], 0)

    def test_a_label_of_what_is_asked_for_is_found(self, loaded):
        version = clause_of("3.4.5").versions.get()
        label = version.definition["facts"][0]["columns"][0]["label"]
        assert "3.4.5" in {hit.clause.clause_id for hit in search_clauses(None, label)[0]}

    def test_marks_show_the_spelling_of_the_text(self, loaded):
        (first, *_), _ = search_text(None, "洪府发[2023]30号")
        assert "洪府发〔2023〕30号" in [run.text for run in first.runs if run.hit]


@pytest.mark.django_db
class TestIndexed:
    def test_the_database_cuts_every_text_as_python_does(self, loaded):
        for plain, found in Node.objects.annotate(found=Pieces("plain")).values_list("plain", "found"):
            assert set(found) == cut(plain)
            assert len(found) == len(set(found))
        signs, _ = folding()
        node = Node.objects.filter(document=loaded).first()
        Node.objects.filter(pk=node.pk).update(plain=signs)
        assert set(Node.objects.annotate(found=Pieces("plain")).get(pk=node.pk).found) == cut(signs)

    def test_what_a_clause_is_found_by_is_its_sentence_its_units_and_its_labels(self, loaded):
        found = ClauseVersion.objects.select_related("clause")
        for version in found.annotate(found=VersionText("quote", "bracket", "definition")):
            texts = [text for kind, text in fields_of(version.clause, version) if kind != "title"]
            quote, bracket, *labels = version.found.split("\x01")
            assert [quote, bracket] == texts[:2]
            assert sorted(label for label in labels if label) == sorted(texts[2:])

    def test_the_answer_and_its_order_are_those_of_a_search_without_an_index(self, loaded):
        shown = [(one, one.versions.get()) for one in Clause.objects.order_by("document__order", "document", "order")]
        for typed in TYPED:
            terms = typed.split()
            ranked = [(score(list(fields_of(*pair)), terms), pair[0].pk) for pair in shown]
            expected = [pk for rank, pk in sorted(ranked, key=lambda one: -one[0]) if rank]
            hits, count = search_clauses(None, typed)
            assert [hit.clause.pk for hit in hits] == expected, typed
            assert count == len(expected), typed

    def test_places_are_those_that_python_finds(self, loaded):
        texts = list(Node.objects.values_list("pk", "plain"))
        for typed in TYPED:
            found = text_hits(None, typed)
            assert {hit.node.pk for hit in found[:9999]} == {pk for pk, text in texts if found_in(text, typed.split())}


@pytest.mark.django_db
class TestSeveralDocuments:
    @pytest.fixture
    def policies_loaded(self, loaded):
        """What the second policy stands beside."""
        return loaded

    @pytest.fixture
    def ended(self, loaded, second_policy):
        """The shipped policy is over; another one, printed behind it, is in force and has the word in a title, too."""
        Document.objects.filter(pk=loaded.pk).update(valid_to=dt.date(2025, 12, 31))
        text = "智慧工厂补助。"
        Node.objects.filter(document=second_policy.document).update(text=text, plain=text)
        Clause.objects.filter(pk=second_policy.pk).update(title="智慧工厂补助")
        second_policy.versions.create(
            number=1,
            state="published",
            published_at=AT,
            valid_from=dt.date(2026, 1, 1),
            definition={"id": "3.4.5", "title": "智慧工厂补助", "sentence": text},
            definition_sha256="0" * 64,
            quote=text,
            bracket="",
            source_sha256="0" * 64,
            content_sha256="0" * 64,
        )
        return second_policy

    def test_what_is_in_force_comes_before_what_has_ended(self, ended):
        on = clause_hits(None, "智慧工厂", on=DAY)[:2]
        assert [hit.clause.document_id for hit in on] == [ended.document_id, clause_of("3.4.5").document_id]
        before = clause_hits(None, "智慧工厂", on=dt.date(2025, 6, 1))[:2]
        assert [hit.clause.document_id for hit in before] == [clause_of("3.4.5").document_id, ended.document_id]
        (first, *_) = text_hits(None, "智慧工厂补助", on=DAY)[:5]
        assert first.document.pk == ended.document_id

    def test_a_title_comes_before_a_sentence_even_if_it_has_ended(self, ended):
        Clause.objects.filter(pk=ended.pk).update(title="另一项补助")
        hits = clause_hits(None, "智慧工厂", on=DAY)[:2]
        assert [hit.clause.document_id for hit in hits] == [clause_of("3.4.5").document_id, ended.document_id]

    @pytest.mark.parametrize(
        "typed",
        [
            "演示府发〔2026〕9号", "演示府发[2026]9号", "演示府发【2026】9号", "演示府发（２０２６）９号",
            "演示府发20269号", "演示府发2026 9号", "〔2026〕9号", "後續辦法",
        ],
        ids=["printed", "square", "heavy", "width", "bare", "two words", "without issuer", "title, traditional"],
    )  # fmt: skip
    def test_a_document_is_found_by_its_number_in_any_form(self, ended, typed):
        (hit,) = document_hits(None, typed, on=DAY)
        assert hit.document.pk == ended.document_id

    def test_documents_in_force_come_first_and_marks_are_set(self, ended):
        hits = document_hits(None, "号", on=DAY)
        assert hits[-1].document.number == NUMBER
        assert "30号" in [run.text for run in document_hits(None, "30号")[0].number if run.hit]

    def test_a_document_in_preparation_is_not_named(self, ended):
        Document.objects.filter(pk=ended.document_id).update(published_at=None)
        assert document_hits(None, "演示府发", on=DAY) == []


@pytest.mark.django_db
class TestPages:
    def test_clauses_and_places_are_paged(self, loaded, client, monkeypatch):
        monkeypatch.setattr("policies.views.library.CLAUSES_PER_PAGE", 2)
        monkeypatch.setattr("policies.views.library.PLACES_PER_PAGE", 2)
        monkeypatch.setattr("policies.views.library.PLACES_BESIDE", 1)
        every, count = search_clauses(None, "企业")
        first = client.get("/policies/search/", {"q": "企业"})
        assert [hit.clause.pk for hit in first.context["clauses"]] == [hit.clause.pk for hit in every[:2]]
        assert f"查看原文全部 {len(text_hits(None, '企业'))} 处" in first.content.decode()
        second = client.get("/policies/search/", {"q": "企业", "page": "2"})
        assert [hit.clause.pk for hit in second.context["clauses"]] == [hit.clause.pk for hit in every[2:4]]
        assert second.context["text_hits"] == []
        assert f"找到 {count} 个条款" in second.content.decode()
        places = client.get("/policies/search/", {"q": "企业", "in": "text", "page": "2"})
        assert [hit.node.pk for hit in places.context["text_hits"]] == [
            hit.node.pk for hit in text_hits(None, "企业", on=places.context["on"])[2:4]
        ]
        assert places.context["clauses"] == []

    def test_a_document_number_leads_to_the_document(self, loaded, client):
        html = client.get("/policies/search/", {"q": "洪府发2023 30号"}).content.decode()
        assert f'href="/policies/{loaded.slug}/"' in html.split('id="documents-title"')[1]
        assert "找到 1 份文件，0 个条款" in html


@pytest.mark.django_db
class TestNothingLeaks:
    def test_a_draft_and_what_was_put_aside_are_not_found_and_not_counted(self, loaded, client):
        editor = AdministratorFactory()
        before = library_documents(None).get(pk=loaded.pk)
        node = clause_of("3.4.5").node
        quote = node.plain[:12]
        made = create_clause(
            loaded,
            clause_id="9.9.9",
            title="秘密起草的条款",
            node=node,
            quote=quote,
            bracket="",
            is_monetary=True,
            by=editor,
            at=AT,
        )
        for put_aside in (False, True):
            if put_aside:
                discard_draft(made, expected_edit=1, reason="不再需要", by=editor, at=AT)
            assert search_clauses(None, "秘密起草")[1] == 0
            after = library_documents(None).get(pk=loaded.pk)
            assert (after.clause_count, after.monetary_count) == (before.clause_count, before.monetary_count)
            told = client.get("/api/v1/policies").content.decode()
            assert f'"clauses": {before.clause_count}' in told or f'"clauses":{before.clause_count}' in told
            assert client.get(f"/policies/{loaded.slug}/9.9.9/").status_code == 404

    def test_a_document_in_preparation_is_nowhere(self, loaded, client):
        Document.objects.filter(pk=loaded.pk).update(published_at=None)
        assert search_clauses(None, "智慧工厂") == ([], 0)
        assert loaded.number not in {hit.document.number for hit in search_text(None, "电子信息产业")[0]}
        for address in ("/policies/", "/policies/search/?q=电子信息", "/api/v1/policies"):
            html = client.get(address).content.decode()
            assert f"/policies/{loaded.slug}/" not in html, address
            assert "5G+智慧工厂" not in html, address
        for address in (f"/policies/{loaded.slug}/", f"/policies/{loaded.slug}/3.4.5/"):
            assert client.get(address).status_code == 404, address
        assert search_clauses(AdministratorFactory(), "智慧工厂")[1] > 0


@pytest.mark.django_db
def test_the_page_tells_what_changed_from_when(loaded, client):
    author, second = AdministratorFactory(), AdministratorFactory()
    old = clause_of("3.4.5").versions.get()
    assert "沿革" not in client.get(f"/policies/{loaded.slug}/3.4.5/").content.decode()
    draft = draft_from(old, valid_from=dt.date(2025, 1, 1), by=author, at=AT)
    content = ClauseContent.of(draft)
    content = replace(content, definition={**content.definition, "title": "智慧工厂建设补助"})
    draft = save_draft(draft, content=content, expected_edit=1, by=author, at=AT)
    assert "智慧工厂建设补助" not in client.get(f"/policies/{loaded.slug}/3.4.5/").content.decode()
    end_version(old, valid_to=dt.date(2024, 12, 31), reason="修订", by=second, at=AT)
    publish_version(draft, by=second, at=AT)
    html = client.get(f"/policies/{loaded.slug}/3.4.5/").content.decode()
    assert "沿革" in html
    assert "2025年1月1日起" in html
    told = html.split('id="changes"')[1]
    assert "智慧工厂建设补助" in told, told[:2000]
    assert "最早的版本" in told
