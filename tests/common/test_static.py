"""What is delivered to browsers: vendored files as pinned, no inline code, icons that exist, a light page."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import get_template

from common.templatetags.ui import notice_icon

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
pytestmark = pytest.mark.urls("tests.common.urls_design")

PAPER = {"pdf"}  # folders of templates that are printed by the letter renderer, never sent to a browser
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*.html") if not PAPER & set(path.relative_to(ROOT / "templates").parts)
)


def test_vendored_files_are_the_pinned_ones() -> None:
    pinned = {}
    for line in (VENDOR / "CHECKSUMS.sha256").read_text().splitlines():
        digest, name = line.split(maxsplit=1)
        pinned[name.removeprefix("./")] = digest
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in {"CHECKSUMS.sha256", "README.md"}
    }
    assert found == pinned


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_have_no_inline_code(path: Path) -> None:
    text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", path.read_text(), flags=re.S)
    assert not re.search(r"\sstyle\s*=", text), "inline style"
    assert not re.search(r"<style\b", text), "style element"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text), "inline handler"
    assert not re.search(r"<script\b(?![^>]*\ssrc=)", text), "inline script"
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", text), "something from elsewhere"
    assert "|safe" not in text, "text that is not escaped"


def test_icons_in_templates_exist() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons" / "sprite.svg").read_text()))
    named = re.compile(r"{%\s*icon\s+[\"']([^\"']+)[\"'](\|notice_icon)?")
    found = [match for path in TEMPLATES for match in named.findall(path.read_text())]
    used = {notice_icon(name) if by_tone else name for name, by_tone in found}
    assert used <= sprite


def test_icons_of_filters_exist() -> None:
    from common.templatetags import ui

    sprite = (VENDOR / "icons" / "sprite.svg").read_text()
    names = {
        *ui._TONE_ICONS.values(),
        *ui._NOTICE_ICONS.values(),
        *ui._FILE_ICONS.values(),
        *(icon for _, icon in ui._STAGE_STATES.values()),
        *(ui.due_light(days).icon for days in (9, 2, 0, -1)),
        "file-earmark",
    }
    assert {name for name in names if f'id="{name}"' not in sprite} == set()


def test_every_template_compiles() -> None:
    for path in TEMPLATES:
        get_template(str(path.relative_to(ROOT / "templates")))


def test_scripts_and_styles_reach_nowhere_else() -> None:
    for path in [*STATIC.glob("js/*.js"), *STATIC.glob("css/*.css")]:
        text = path.read_text()
        assert not re.search(r"https?://", text), path.name
        assert not re.search(r"\b(eval|Function)\s*\(", text), path.name


def test_frame_stays_light() -> None:
    """Everything base.html loads, compressed: a page has 150 KB in all, its own text and pictures included."""
    base = (ROOT / "templates" / "base.html").read_text()
    names = set(re.findall(r'{% static "([^"]+)" %}', base)) | {"vendor/icons/sprite.svg", "img/logo.svg"}
    size = sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names)
    assert size < 110 * 1024


@pytest.mark.parametrize("code", ["500", "503"])
def test_last_resort_pages_need_nothing(code: str) -> None:
    html = get_template(f"{code}.html").render({})
    assert "南昌电子信息政策兑现" in html
    assert (STATIC / "css" / "standalone.css").exists()
    assert "{%" not in html
    assert "extends" not in (ROOT / "templates" / f"{code}.html").read_text()


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "409", "422", "429"])
def test_error_pages_say_what_happened_and_what_to_do(code: str) -> None:
    html = get_template(f"{code}.html").render({})
    heading = re.search(r"<h1>(.*?)</h1>", html)
    assert heading is not None
    assert heading[1].strip()
    assert "请" in html
    assert "回到首页" in html


def test_files_can_be_collected_under_hashed_names(settings, tmp_path: Path) -> None:
    """Production stores files under names with a hash; a reference to a missing file would stop the deployment."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert list(tmp_path.glob("css/tokens.*.css"))
    assert (tmp_path / "css" / "standalone.css").exists()
