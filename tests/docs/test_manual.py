"""The manuals say what the pages say: labels, pictures and links are those that exist."""

import re
import tomllib
from functools import cache
from pathlib import Path

import django
import pytest
from PIL import Image

from accounts.enums import UnitRole

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "docs" / "manual"
IMAGES = MANUAL / "img"
PAGES = sorted(MANUAL.glob("*.md"))
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
#: Where labels come from; what is fetched from elsewhere, tests and the written documentation do not count.
PACKAGES = ("accounts", "applications", "awards", "common", "letters", "nanchang_ei", "policies", "reviews")
LABEL = re.compile(r"\*\*(.+?)\*\*")
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


def prose(page: Path) -> str:
    """A page without code, where stars and brackets mean something else."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^(?: {4}|\t).*$|`[^`\n]*`", "", text, flags=re.MULTILINE)


@cache
def sources() -> tuple[str, frozenset[re.Pattern[str]]]:
    """Everything that pages can show: texts as they stand, and patterns for texts with a value inside."""
    texts, patterns = [], set()
    for template in (ROOT / "templates").rglob("*.html"):
        text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", template.read_text("utf-8"), flags=re.DOTALL)
        # Components get their labels as arguments.
        text = re.sub(r"{% include .*?%}", lambda tag: "\n".join(re.findall(r'"([^"]*)"', tag.group())), text)
        text = re.sub(r"{%.*?%}", "", text)
        texts.append(text)
        for node in re.split(r"<[^>]*>|\n", text):
            literals = re.split(r"{{.*?}}", node.strip())
            if len(literals) > 1 and len("".join(literals)) > 1:
                patterns.add(re.compile(".{1,12}".join(map(re.escape, literals))))
    for package in PACKAGES:
        modules = (module for module in (ROOT / package).rglob("*.py") if "migrations" not in module.parts)
        texts += [module.read_text("utf-8") for module in modules]
    texts += [script.read_text("utf-8") for script in (ROOT / "static" / "js").glob("*.js")]
    texts += [file.read_text("utf-8") for file in (ROOT / "policies" / "corpus").rglob("policy.toml")]
    # The administration's own buttons come with the framework.
    admin = Path(django.__file__).parent / "contrib" / "admin" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    texts.append(admin.read_text("utf-8"))
    return "\n".join(texts), frozenset(patterns)


def stands_on_a_page(label: str) -> bool:
    text, patterns = sources()
    return label in text or any(pattern.fullmatch(label) for pattern in patterns)


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings as readers on the web get them."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_is_a_manual_for_everyone() -> None:
    people = {"administrator", "enterprise", "expert", "finance", "leader", "officer", "policies", "public"}
    assert {page.stem for page in PAGES} == {"index", *people}
    index = (MANUAL / "index.md").read_text("utf-8")
    assert all(f"({page.name})" in index for page in PAGES if page.name != "index.md")


def test_every_role_and_every_default_is_told() -> None:
    readme, manual = (ROOT / "README.md").read_text("utf-8"), (MANUAL / "administrator.md").read_text("utf-8")
    points = (MANUAL / "policies.md").read_text("utf-8")
    assert not [label for label in UnitRole.labels if label not in readme or label not in manual]
    policy = tomllib.loads((ROOT / "policies/corpus/hongfufa-2023-30/policy.toml").read_text("utf-8"))
    defaults = [setting["label"] for setting in policy["library"]["settings"]]
    assert defaults
    assert not [label for label in defaults if label not in points]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_label_stands_on_a_page(page: Path) -> None:
    labels = set(LABEL.findall(prose(page))) - {"加粗"}
    assert labels
    assert not sorted(label for label in labels if not stands_on_a_page(label))


def test_an_invented_label_is_noticed() -> None:
    assert stands_on_a_page("添加一条记录")
    assert not stands_on_a_page("一键秒批")


def test_pictures_are_used_and_exist() -> None:
    used = {target for page in PAGES for picture, target in LINK.findall(prose(page)) if picture}
    assert used == {f"img/{image.name}" for image in IMAGES.iterdir()}


@pytest.mark.parametrize("image", sorted(IMAGES.glob("*.png")), ids=lambda image: image.name)
def test_pictures_are_small(image: Path) -> None:
    assert image.stat().st_size <= 120_000
    with Image.open(image) as picture:
        assert picture.width <= 1280
        assert picture.height <= 1600


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.relative_to(ROOT).as_posix())
def test_no_dead_links(document: Path) -> None:
    dead = []
    for _, target in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        if not found.exists() or (anchor and found.suffix == ".md" and anchor not in anchors(found)):
            dead.append(target)
    assert not dead
