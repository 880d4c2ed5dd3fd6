"""Evidence inside the page: pages as pictures, drawn with limits, shown only to whoever may read the file."""

import io
import subprocess
from pathlib import Path

import pytest
from django.urls import reverse
from PIL import Image

from common import storage
from reviews import preview_worker, previews
from reviews.previews import NoPreview, NoSuchPage, page_picture
from tests.factories.accounts import AuditorFactory
from tests.factories.applications import make_filed
from tests.factories.exports import filed_with, pdf_of, picture
from tests.factories.reviews import case_of, officer


def size_of(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return image.size


class TestPictures:
    def test_a_page_of_a_pdf_with_its_text(self):
        sha256 = storage.put(pdf_of("第一页：营业执照", "第二页：附表"))
        page = page_picture(sha256, "pdf", 2)
        assert (page.pages, page.width, page.text) == (2, 1000, "第二页：附表")
        assert size_of(page.png) == (page.width, page.height)

    def test_no_such_page(self):
        sha256 = storage.put(pdf_of("唯一的一页"))
        for page in (0, 2, 99999):
            with pytest.raises(NoSuchPage):
                page_picture(sha256, "pdf", page)
        with pytest.raises(NoSuchPage):
            page_picture(storage.put(picture()), "jpg", 2)

    @pytest.mark.parametrize("kind", ["pdf", "jpg", "png"])
    def test_broken_files_have_none(self, kind):
        with pytest.raises(NoPreview):
            page_picture(storage.put(b"%PDF-1.4 broken" + kind.encode()), kind, 1)

    def test_office_files_have_none(self):
        with pytest.raises(NoPreview):
            page_picture("0" * 64, "xlsx", 1)

    def test_pictures_are_made_smaller_and_never_larger(self):
        large = page_picture(storage.put(picture("PNG", (3000, 6000))), "png", 1)
        assert (large.width, large.height) == (1000, 2000)
        small = page_picture(storage.put(picture("JPEG", (320, 200))), "jpg", 1)
        assert (small.width, small.height) == (320, 200)

    def test_a_page_of_monstrous_size_keeps_to_the_pixels(self):
        assert preview_worker.scale_for(10, 14_400, 1000) * 10 * 14_400 <= 14_400 * 1000
        scale = preview_worker.scale_for(10, 14_400, 1000)
        assert 10 * 14_400 * scale * scale <= preview_worker.MAX_PIXELS + 1

    def test_drawn_once(self, monkeypatch):
        sha256 = storage.put(pdf_of("只画一次"))
        first = page_picture(sha256, "pdf", 1)
        monkeypatch.setattr(previews, "_draw", None)
        assert page_picture(sha256, "pdf", 1) == first

    def test_a_worker_that_takes_too_long_is_ended(self, monkeypatch):
        monkeypatch.setattr(previews, "SECONDS", 0.001)
        with pytest.raises(NoPreview):
            page_picture(storage.put(pdf_of("太慢")), "pdf", 1)

    def test_a_worker_that_eats_memory_is_ended(self, monkeypatch, tmp_path):
        greedy = tmp_path / "greedy.py"
        greedy.write_text(
            f"import runpy\nworker = runpy.run_path({preview_worker.__file__!r})\nworker['limit']()\n"
            "bytearray(4 * 1024 ** 3)\n"
        )
        monkeypatch.setattr(preview_worker, "__file__", str(greedy))
        with pytest.raises(NoPreview):
            page_picture(storage.put(pdf_of("太大")), "pdf", 1)

    def test_the_cache_keeps_to_its_share(self, monkeypatch):
        sha256 = storage.put(pdf_of(*(f"第{n}页" for n in range(6))))
        monkeypatch.setattr(previews, "SHARD_BYTES", 3 * len(page_picture(sha256, "pdf", 1).png))
        for number in range(2, 7):
            page_picture(sha256, "pdf", number)
        kept = list(Path(previews._folder(sha256)).glob(f"{sha256}-*"))
        assert len(kept) <= 3
        assert any(path.name.startswith(f"{sha256}-6-") for path in kept), "the newest stays"

    def test_damaged_bytes_are_not_drawn(self):
        sha256 = storage.put(pdf_of("原样"))
        path = storage.path_of(sha256)
        path.chmod(0o600)
        path.write_bytes(pdf_of("改过"))
        with pytest.raises(storage.DamagedFile):
            page_picture(sha256, "pdf", 1)


@pytest.fixture
def case(company):
    documents = {
        "contract": ("pdf", pdf_of("合同第一页", "合同第二页", "合同第三页")),
        "acceptance": ("xlsx", b"PK demo"),
        "payment_voucher": ("pdf", b"%PDF-broken"),
    }
    return case_of(filed_with(company, documents))


@pytest.fixture
def attachment(case):
    return {item["key"]: item["attachment"] for item in case.application.revisions.get().evidence}


@pytest.fixture
def handler(case, client):
    user = officer("高新区")
    client.force_login(user)
    return user


def png_url(case, attachment: int, page: int = 1) -> str:
    return reverse("reviews:evidence_page", args=[case.pk, attachment, page])


class TestAddresses:
    def test_a_page_as_png_that_nobody_keeps(self, case, attachment, handler, client):
        answer = client.get(png_url(case, attachment["contract"], 2))
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert size_of(answer.content)[0] == 1000
        assert size_of(client.get(png_url(case, attachment["contract"], 2) + "?size=thumb").content)[0] == 140

    def test_what_has_no_picture_is_not_found(self, case, attachment, handler, client):
        for url in (
            png_url(case, attachment["contract"], 4),
            png_url(case, attachment["acceptance"]),
            png_url(case, attachment["payment_voucher"]),
            png_url(case, 10**9),
        ):
            assert client.get(url).status_code == 404

    def test_only_evidence_of_this_file(self, case, stranger, handler, client):
        foreign = make_filed(stranger).evidence[0]["attachment"]
        assert client.get(png_url(case, foreign)).status_code == 404
        assert client.get(reverse("reviews:evidence", args=[case.pk, foreign])).status_code == 404

    def test_only_whoever_may_read_the_case(self, case, attachment, company, client):
        for user, status in ((officer("经开区"), 404), (company.agent, 403), (AuditorFactory(), 200)):
            client.force_login(user)
            assert client.get(png_url(case, attachment["contract"])).status_code == status

    def test_without_script_the_viewer_leads_to_the_page_around(self, case, attachment, handler, client):
        url = reverse("reviews:evidence", args=[case.pk, attachment["contract"]])
        answer = client.get(url, {"page": "2", "base": "https://elsewhere.example/"})
        assert answer["Location"].startswith(f"/reviews/cases/{case.pk}/?evidence=")
        assert answer["Location"].endswith("&page=2#evidence-view")


class TestViewer:
    def page(self, client, case, **query) -> str:
        return client.get(reverse("reviews:case", args=[case.pk]), query).content.decode()

    def test_nothing_is_drawn_before_somebody_looks(self, case, handler, client, monkeypatch):
        monkeypatch.setattr(previews, "_draw", None)
        page = self.page(client, case)
        assert 'hx-trigger="intersect once"' in page
        assert "在这里查看" in page

    def test_a_page_beside_the_figures_with_links_that_need_no_script(self, case, attachment, handler, client):
        page = self.page(client, case, evidence=attachment["contract"], page=2)
        assert "第 2 页，共 3 页" in page
        assert png_url(case, attachment["contract"], 2) in page
        for number in (1, 3):
            assert f"?evidence={attachment['contract']}&amp;page={number}#evidence-view" in page
        assert "合同第二页" in page, "the text for those who do not see the picture"

    def test_the_task_page_has_it_too(self, case, attachment, handler, client):
        task = case.stages.get(order=1).tasks.get()
        url = reverse("reviews:task", args=[task.pk])
        page = client.get(url, {"evidence": attachment["contract"], "page": 3}).content.decode()
        assert f'href="{url}?evidence={attachment["contract"]}&amp;page=2#evidence-view"' in page

    def test_htmx_gets_the_viewer_alone(self, case, attachment, handler, client):
        url = reverse("reviews:evidence", args=[case.pk, attachment["contract"]])
        page = client.get(url, {"page": "3"}, headers={"HX-Request": "true"}).content.decode()
        assert page.strip().startswith('<div class="evidence-viewer"')
        assert "第 3 页，共 3 页" in page

    @pytest.mark.parametrize(
        ("key", "sentence"), [("acceptance", "用办公软件查看"), ("payment_voucher", "不能在页面内显示（可能已损坏")]
    )
    def test_what_cannot_be_shown_is_told_with_its_download(self, case, attachment, handler, client, key, sentence):
        page = self.page(client, case, evidence=attachment[key])
        assert sentence in page
        assert reverse("reviews:attachment", args=[case.pk, attachment[key]]) in page

    @pytest.mark.parametrize(("evidence", "page"), [("x", "1"), ("999999999", "1"), ("-1", "１"), ("", "")])
    def test_nonsense_in_the_address_chooses_nothing(self, case, handler, client, evidence, page):
        assert "在这里查看" in self.page(client, case, evidence=evidence, page=page)

    def test_a_page_that_is_not_there_is_told(self, case, attachment, handler, client):
        assert "没有第 9 页" in self.page(client, case, evidence=attachment["contract"], page=9)


class TestHostileFiles:
    def test_a_page_that_takes_all_the_time_does_so_once_in_a_while(self, monkeypatch):
        sha256 = storage.put(pdf_of("很慢的一页"))
        asked = []

        def hangs(command, **kwargs):
            asked.append(command)
            raise subprocess.TimeoutExpired(command, kwargs["timeout"])

        monkeypatch.setattr(previews.subprocess, "run", hangs)
        for _ in range(3):
            with pytest.raises(NoPreview):
                page_picture(sha256, "pdf", 1)
        assert len(asked) == 1

    def test_it_is_tried_again_later_and_after_others_were_in_the_way(self, monkeypatch):
        sha256 = storage.put(pdf_of("又能画了"))
        with monkeypatch.context() as patch:
            patch.setattr(previews, "_draw", lambda *args: (_ for _ in ()).throw(NoPreview("failed")))
            with pytest.raises(NoPreview):
                page_picture(sha256, "pdf", 1)
        monkeypatch.setattr(previews, "NOT_AGAIN", 0)
        assert page_picture(sha256, "pdf", 1).pages == 1
        other = storage.put(pdf_of("排队的一页"))
        with monkeypatch.context() as patch:
            patch.setattr(previews, "_draw", lambda *args: (_ for _ in ()).throw(previews.Busy()))
            with pytest.raises(NoPreview):
                page_picture(other, "pdf", 1)
        monkeypatch.setattr(previews, "NOT_AGAIN", 300)
        assert page_picture(other, "pdf", 1).pages == 1

    def test_a_page_number_of_any_length_is_no_page(self):
        sha256 = storage.put(pdf_of("一页"))
        page_picture(sha256, "pdf", 1)
        for page in (-1, 10**30, 10**300):
            with pytest.raises(NoSuchPage):
                page_picture(sha256, "pdf", page)
