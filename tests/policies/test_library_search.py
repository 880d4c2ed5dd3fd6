"""Search that works for Chinese: either width and spelling, the best answer first, nothing that is not public."""

import datetime as dt
from dataclasses import replace

import pytest

from policies.actions import end_version, publish_version
from policies.actions.drafts import create_clause, discard_draft, draft_from, save_draft
from policies.drafts import ClauseContent
from policies.library_terms import found_in, pattern, read_number, score, spoken_number
from policies.models import Document, Node
from policies.queries import library_documents, search_clauses, search_text
from tests.factories.accounts import AdministratorFactory
from tests.factories.policies import AT, clause_of

DAY = dt.date(2026, 3, 2)


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
    ],
    ids=["brackets", "width", "percent sign", "spoken", "read", "plus", "case", "dot", "signs"],
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
