"""Views with a name: one's own, or shared with one's unit, of known parameters only."""

import pytest
from django.urls import reverse

from common.errors import Conflict, Invalid, NotAllowed, NotFound
from reviews.actions import views as actions
from reviews.actions.views import change_view, delete_view, save_view
from reviews.enums import ListPage
from reviews.models import SavedView
from tests.factories.accounts import AuditorFactory
from tests.factories.lists import number_of, numbers, page_of, waiting
from tests.factories.reviews import LATER, officer
from tests.factories.units import join, leave

QUEUE = ListPage.QUEUE


@pytest.fixture
def me(policies_loaded):
    return officer("高新区")


def unit_of(user):
    return user.unit_memberships.get().unit


def save(user, name="逾期件", query="due=overdue&tab=unit", unit=None, page=QUEUE):
    return save_view(page=page, name=name, query=query, unit_id=unit, by=user, at=LATER)


def test_kept_are_the_known_parts_of_the_address(me):
    view = save(me, "  我的 视图 ", "tab=unit&evil=1&page=9&q=%E6%99%A8%E5%85%89&sort=-due&cols=clause")
    assert view.name == "我的 视图"
    assert view.query == "tab=unit&q=%E6%99%A8%E5%85%89&sort=-due&cols=clause"


def test_it_stands_beside_the_list_with_its_count(me):
    late, soon = waiting(due_in=-2), waiting(due_in=5)
    view = save(me)
    html = page_of(me)
    assert "逾期件" in html
    assert '<span class="count">1<' in html.split("逾期件", 1)[1][:80]
    assert numbers(page_of(me, f"?{view.query}")) == [number_of(late)]
    assert len(numbers(html)) == 2
    assert soon


def test_a_shared_one_is_read_by_the_unit_and_changed_by_its_owner_alone(me):
    other, outside = join("高新区", name="同事"), officer("市财政局")
    view = save(me, unit=unit_of(me).pk)
    assert "逾期件" in page_of(other)
    assert "逾期件" not in page_of(outside)
    with pytest.raises(NotFound):
        change_view(view=view, name="改名", unit_id=None, by=other, at=LATER)
    with pytest.raises(NotFound):
        delete_view(view=view, by=other, at=LATER)
    leave("高新区", other)
    assert not SavedView.objects.visible_to(other).exists()
    change_view(view=view, name="改名", unit_id=None, by=me, at=LATER)
    assert SavedView.objects.get().unit is None
    delete_view(view=view, by=me, at=LATER)
    assert not SavedView.objects.exists()


def test_what_is_refused(me, monkeypatch):
    save(me)
    with pytest.raises(Invalid, match="同名"):
        save(me)
    with pytest.raises(Invalid, match="名称"):
        save(me, " \0 ")
    with pytest.raises(Invalid, match="30"):
        save(me, "长" * 31)
    with pytest.raises(NotAllowed):
        save(me, "别的单位", unit=unit_of(officer("市财政局")).pk)
    with pytest.raises(Invalid, match="过长"):
        save(me, "长", "q=" + "%E6%99%A8" * 400)
    save(me, page=ListPage.CASES)
    monkeypatch.setattr(actions, "MOST_VIEWS", 1)
    with pytest.raises(Conflict, match="最多保存 1 个"):
        save(me, "又一个")


class TestPages:
    def test_saved_renamed_and_deleted_in_the_browser(self, me, client):
        client.force_login(me)
        answer = client.post(
            reverse("reviews:save_view", args=["queue"]), {"name": "本周", "unit": "", "query": "due=week"}
        )
        assert answer["Location"] == reverse("reviews:queue") + "?due=week"
        view = SavedView.objects.get()
        values = {"name": "本周到期", "unit": str(unit_of(me).pk)}
        assert client.post(reverse("reviews:edit_view", args=[view.pk]), values).status_code == 302
        assert "本周到期" in client.get(reverse("reviews:views", args=["queue"])).content.decode()
        assert client.post(reverse("reviews:delete_view", args=[view.pk])).status_code == 302
        assert not SavedView.objects.exists()

    def test_refused_ones_come_back_as_typed(self, me, client):
        client.force_login(me)
        save(me, "本周")
        address = reverse("reviews:save_view", args=["queue"])
        for name in ("", "本周", "长" * 31):
            answer = client.post(address, {"name": name, "unit": "", "query": "due=week&evil=1"})
            html = answer.content.decode()
            assert answer.status_code == 422
            assert f'value="{name}"' in html or not name
            assert 'name="query" value="due=week"' in html
            assert "错误：" in html
        view = SavedView.objects.get()
        assert client.post(reverse("reviews:edit_view", args=[view.pk]), {"name": ""}).status_code == 422

    def test_others_views_do_not_exist(self, me, client):
        view = save(me)
        client.force_login(join("高新区", name="同事"))
        assert client.post(reverse("reviews:edit_view", args=[view.pk]), {"name": "x"}).status_code == 404
        assert client.post(reverse("reviews:delete_view", args=[view.pk])).status_code == 404
        assert client.get(reverse("reviews:views", args=["nothing"])).status_code == 404

    def test_an_auditor_keeps_views_of_the_cases(self, policies_loaded, client):
        auditor = AuditorFactory()
        client.force_login(auditor)
        values = {"name": "逾期", "unit": "", "query": "due=overdue"}
        assert client.post(reverse("reviews:save_view", args=["cases"]), values).status_code == 302
        assert "逾期" in page_of(auditor, page="cases")
