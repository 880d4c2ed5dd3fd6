"""The main job: from registration to the amount that everybody may read, in the browser, for people.

What follows the days of 公示 is in tests/awards/test_money_browser.py, where the clock can be put forward.
"""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.conftest import People
from tests.e2e.site import FIGURES

pytestmark = pytest.mark.e2e

SMART_FACTORY = "“5G+智慧工厂”建设补助"
SETTLEMENT = "在昌业务结算补贴"
YEAR = 2024


def text_of(path: Path) -> str:
    """The text of a PDF without blanks and line ends, as a reader's eye joins it."""
    raw = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True).stdout
    return re.sub(r"\s+", "", raw)


@pytest.fixture(scope="module")
def enterprise(people: People) -> tuple[str, str]:
    """An enterprise of 高新区, registered in the browser and verified by its district: (username, name)."""
    code = steps.new_code()
    username, name = f"t{code[-8:].lower()}", f"演示测试电子{code[-6:]}有限公司"
    page = people.anonymous()
    steps.register(page, username=username, name=name, code=code, district="高新区", role="legal")
    expect(page.locator("body")).to_contain_text(name)
    steps.verify_enterprise(people("gaoxin.jingban"), name)
    people(username, steps.PASSWORD)
    return username, name


def begin(page: Page, clause_title: str) -> str:
    steps.begin(page, clause_title=clause_title, year=YEAR)
    found = re.search(r"(/applications/\d+/)", page.url)
    assert found
    return found.group(1)


def verified(people: People, address: str, tmp_path: Path, *expected: str) -> None:
    """The 公示 of a round downloads, says what it must, and the public page confirms its bytes."""
    public = people.anonymous()
    content = steps.public_letter(public, address, tmp_path / "letter.pdf")
    assert content.startswith(b"%PDF")
    path = tmp_path / "letter.pdf"
    text = text_of(path)
    for words in expected:
        assert words in text, f"{words} is missing in {text[:1500]}"
    public.get_by_role("link", name="核验文书").click()
    expect(public.get_by_text("文书有效")).to_be_visible()
    public.locator("input[type=file]").set_input_files(path)
    public.locator("main form button[type=submit]").last.click()
    expect(public.get_by_text("文件一致")).to_be_visible()
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(content + b"\n")
    public.locator("input[type=file]").set_input_files(forged)
    public.locator("main form button[type=submit]").last.click()
    expect(public.get_by_text("文件不一致")).to_be_visible()


def test_smart_factory_without_cooperating_unit(people: People, enterprise: tuple[str, str], tmp_path: Path) -> None:
    """3.4.5: district → 市工信局; 50% of each project, no more than 500万 each: 430万 + 500万 = 930万."""
    username, name = enterprise
    page = people(username)
    application = begin(page, SMART_FACTORY)
    steps.fill_figures(page, application, FIGURES)
    rows = [("一期柔性产线", "860", "2024-06-28"), ("二期智能仓储", "1,320", "2024-11-15")]
    for number, (project, investment, accepted) in enumerate(rows):
        steps.fill_row(page, "projects", number, {"name": project, "investment": investment, "accepted_on": accepted})
    page.get_by_role("button", name="保存并继续").click()
    expect(page).to_have_url(re.compile("/evidence/"))
    steps.open_section(page, application, "facts")
    expect(page.locator("aside")).to_contain_text("9,300,000.00")
    steps.upload_all(page, application)
    number = steps.file_application(page, application)

    steps.unit_decides(people, "gaoxin", number, "初审通过", two=False)
    steps.unit_decides(people, "gongxin", number, "同意支持", two=True)

    steps.settle(people, "gongxin", name, "9,300,000.00")
    page.goto(application)
    expect(page.locator("body")).to_contain_text("已核定")
    page.goto("/awards/")
    expect(page.locator("main")).to_contain_text("9,300,000.00")
    page.locator("main tbody").get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("单个项目最高不超过500万元")
    verified(people, steps.publish(people, "gongxin", name, YEAR), tmp_path, name, "9,300,000.00")


def test_settlement_with_two_leads_and_two_cooperating(
    people: People, enterprise: tuple[str, str], tmp_path: Path
) -> None:
    """3.2.3: district → 市财政局 and 市税务局 → 市商务局 and 市工信局; 0.5% of 126,000万 = 630万."""
    username, name = enterprise
    page = people(username)
    application = begin(page, SETTLEMENT)
    steps.fill_figures(page, application, FIGURES)
    choice = page.locator("[name=status_list]")
    if choice.first.evaluate("e => e.tagName") == "SELECT":
        choice.select_option("china_ei_100")
    else:
        page.locator("[name=status_list][value=china_ei_100]").check()
    page.locator("[name=list_year]").fill("2024")
    page.locator("[name=settlement_sales_ex_tax]").fill("126000")
    page.get_by_role("button", name="保存并继续").click()
    expect(page).to_have_url(re.compile("/evidence/"))
    steps.upload_all(page, application)
    number = steps.file_application(page, application)

    steps.unit_decides(people, "gaoxin", number, "初审通过", two=False)
    # Consulted units work side by side, in either order.
    steps.unit_decides(people, "shuiwu", number, "同意", two=False)
    steps.unit_decides(people, "caizheng", number, "同意", two=False)
    steps.unit_decides(people, "shangwu", number, "同意支持", two=True)
    page.goto(application)
    expect(page.locator("body")).not_to_contain_text("已核定")
    steps.unit_decides(people, "gongxin", number, "同意支持", two=True)

    # The lead named first keeps the file and settles it; what is public of the same year stays as it is.
    steps.settle(people, "shangwu", name, "6,300,000.00")
    verified(people, steps.publish(people, "shangwu", name, YEAR), tmp_path, name, "6,300,000.00")
    page.goto("/awards/")
    for words in ("9,300,000.00", "6,300,000.00", "公示中"):
        expect(page.locator("main")).to_contain_text(words)
