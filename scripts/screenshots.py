"""Pictures of the user manuals: start the site, use it as the demonstration people do, and photograph the pages.

`make manual` (`python -m scripts.screenshots`) writes docs/manual/img/*.png anew. With `--site URL --password WORD` it
uses a site that runs already, which quickens work on this file.

Controls that the browser draws itself (files, calendar) speak English unless Debian's chromium-l10n is installed.
"""

import argparse
import os
import random
import re
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from scripts import editing_pictures, money_pictures, review_pictures
from scripts.pictures import IMAGES, Walk, shot, until
from tests.e2e import steps
from tests.e2e.conftest import CHROMIUM, PATIENCE_MS, People
from tests.e2e.site import FIGURES, Site, running_site

SMART_FACTORY, PLATFORM = "“5G+智慧工厂”建设补助", "电子供应链综合服务平台"
NEWCOMER = "演示赣芯光电（南昌）有限公司"
PROJECTS = (("一期柔性产线", "860", "2024-06-28"), ("二期智能仓储", "1,320", "2024-11-15"))


def public_pages(walk: Walk) -> None:
    """What anyone sees."""
    page = walk.people.anonymous()
    page.goto("/policies/search/?q=智慧工厂")
    shot(page, "library-search", tallest=1000)
    page.goto("/policies/")
    page.get_by_role("link", name="2024年度", exact=False).first.click()
    shot(page, "call", tallest=900)
    page.goto("/policies/search/?q=5G")
    page.get_by_role("link", name=re.compile("智慧工厂")).first.click()
    shot(page, "clause")
    page.goto("/accounts/signup/")
    page.get_by_role("button", name="提交注册").click()
    shot(page, "error-summary", tallest=900)


def registration(walk: Walk) -> None:
    """A new enterprise, its verification, a colleague."""
    page = walk.people.anonymous()
    code = steps.new_code()
    walk.legal = f"ganxin{code[-6:].lower()}"
    page.goto("/accounts/signup/")
    shot(page, "signup")
    steps.register(page, username=walk.legal, name=walk.newcomer, code=code, district="高新区", role="legal")
    page = walk.people(walk.legal, steps.PASSWORD)
    page.goto("/enterprise/")
    shot(page, "enterprise-pending", tallest=1000)
    officer = walk.people("gaoxin.jingban")
    officer.goto("/verification/")
    shot(officer, "verification-queue", tallest=800)
    officer.get_by_role("link", name=walk.newcomer).first.click()
    shot(officer, "verification")
    steps.verify_enterprise(officer, walk.newcomer)
    page.goto("/enterprise/members/invite/")
    shot(page, "member-add", tallest=1000)
    page.locator("[name=name]").fill("演示江经办")
    page.locator("[name=phone]").fill("13900005678")
    page.locator("[name=email]").fill(f"{walk.legal}.jb@example.invalid")
    page.locator("[name=username]").fill(f"{walk.legal}.jb")
    page.get_by_role("button", name="添加并生成链接").click()
    expect(page.locator(".one-time-link")).to_be_visible()
    page.goto("/enterprise/members/")
    shot(page, "members", tallest=800)


def filling(walk: Walk) -> None:
    """From the choice of a clause to the promise."""
    page = walk.people(walk.legal)
    page.goto("/applications/start/?year=2024")
    shot(page, "start", tallest=1000)
    steps.begin(page, clause_title=SMART_FACTORY, year=2024)
    found = re.search(r"/applications/\d+/", page.url)
    assert found
    walk.application = found.group(0)
    page.goto(walk.application)
    shot(page, "steps", tallest=1000)
    page.goto(f"{walk.application}figures/")
    for key, value in FIGURES.items():
        if key in {"revenue", "revenue_prev", "sales_ex_tax"}:
            page.locator(f"[name={key}]").fill(value)
    expect(page.locator("[data-autosave-status]")).to_contain_text("已保存")
    shot(page, "figures")
    steps.fill_figures(page, walk.application, FIGURES)
    for row, (project, investment, accepted) in enumerate(PROJECTS):
        values = {"name": project, "investment": investment, "accepted_on": accepted}
        steps.fill_row(page, "projects", row, values)
    page.get_by_role("button", name="保存并继续").click()
    expect(page).to_have_url(re.compile("/evidence/"))
    page.goto(f"{walk.application}facts/")
    expect(page.locator("#estimate")).to_contain_text("9,300,000.00")
    shot(page, "facts")
    page.goto(f"{walk.application}check/")
    shot(page, "check-missing", tallest=800)
    page.goto(f"{walk.application}evidence/")
    shot(page, "evidence", tallest=1000)
    steps.upload_all(page, walk.application)
    page.goto(f"{walk.application}check/")
    shot(page, "promise", ".promise")


def filing(walk: Walk) -> None:
    """Filing, its receipt and the way of the file."""
    page = walk.people(walk.legal)
    walk.number = steps.file_application(page, walk.application)
    expect(page.get_by_role("link", name="下载受理回执")).to_have_count(0)
    until(page, lambda: page.get_by_role("link", name="下载受理回执").count() > 0)
    shot(page, "filed", tallest=900)
    page.goto(walk.application)
    shot(page, "progress", tallest=1200)
    page.goto(f"{walk.application}withdraw/")
    shot(page, "withdraw", tallest=800)
    page.goto("/me/messages/")
    shot(page, "messages", tallest=900)


def correcting(walk: Walk) -> None:
    """The district asks for something; the enterprise answers."""
    officer = walk.people("gaoxin.jingban")
    officer.goto("/reviews/")
    shot(officer, "queue", tallest=900)
    steps.open_task(officer, walk.number)
    shot(officer, "case")
    shot(officer, "decide-preliminary", "#panel")
    officer.locator("#correction summary").click()
    officer.locator("[name='points-0-place']").select_option("evidence:acceptance")
    officer.locator("[name='points-0-text']").fill("验收意见缺少第二页，请补充完整后重新上传。")
    shot(officer, "correction-form", "#panel")
    officer.get_by_role("button", name="发出补正通知").click()
    officer.locator("#cancel-correction summary").click()
    shot(officer, "correction-open", "#panel")

    page = walk.people(walk.legal)
    page.goto(walk.application)
    shot(page, "correction-asked", tallest=1000)
    page.goto(f"{walk.application}evidence/")
    section = page.locator("#evidence-acceptance")
    shot(page, "correction-evidence", section)
    section.locator("select").select_option(index=1)
    section.locator("input[type=file]").set_input_files(
        {"name": "验收意见（完整）.pdf", "mimeType": "application/pdf", "buffer": steps.pdf("验收意见（完整）")}
    )
    section.get_by_role("button", name="上传", exact=True).click()
    expect(page.locator("#evidence-acceptance")).to_contain_text("完整")
    page.goto(f"{walk.application}check/")
    shot(page, "correction-check", tallest=700)
    page.get_by_label("我是法定代表人").check()
    page.get_by_role("button", name="提交补正").click()
    expect(page.get_by_role("heading", name="补正已提交")).to_be_visible()

    steps.say(officer, walk.number, "初审通过")


def leading(walk: Walk) -> None:
    """Two people decide for the lead unit; the award is settled and shown to everybody."""
    officer, approver = walk.people("gongxin.jingban"), walk.people("gongxin.shenhe")
    steps.open_task(officer, walk.number)
    # What the budgets would have left comes after the page.
    expect(officer.locator("#panel .budget-hint table")).to_be_visible()
    shot(officer, "decide-lead", "#panel")
    steps.say(officer, walk.number, "同意支持")
    steps.open_task(approver, walk.number)
    approver.locator("#panel details summary", has_text="退回经办人").click()
    shot(approver, "confirm", "#panel")
    steps.confirm(approver, walk.number)
    steps.settle(walk.people, "gongxin", walk.newcomer, "9,300,000.00")
    approver.goto("/awards/")
    shot(approver, "awards", tallest=800)
    approver.get_by_role("link", name=walk.number).click()
    shot(approver, "award")
    approver.goto("/letters/")
    approver.get_by_role("link", name=re.compile("作废")).first.click()
    shot(approver, "void", tallest=800)
    auditor = walk.people("shenji")
    auditor.goto("/reviews/cases/")
    shot(auditor, "cases", tallest=900)


def discretion(walk: Walk) -> None:
    """A clause without a formula, on which a consulted unit disagrees."""
    page = walk.people(walk.legal)
    steps.begin(page, clause_title=PLATFORM, year=2024)
    found = re.search(r"/applications/\d+/", page.url)
    assert found
    application = found.group(0)
    page.goto(f"{application}facts/")
    page.locator("[name=platform_name]").fill("演示电子元器件供应链平台")
    page.locator("[name=turnover]").fill("86000")
    page.get_by_role("button", name="保存并继续").click()
    expect(page).to_have_url(re.compile("/evidence/"))
    steps.upload_all(page, application)
    number = steps.file_application(page, application)
    steps.say(walk.people("gaoxin.jingban"), number, "初审通过")
    cooperating = walk.people("gongxin.jingban")
    steps.open_task(cooperating, number)
    shot(cooperating, "decide-consultation", "#panel")
    steps.say(cooperating, number, "同意")
    differs = {"金额": "平台交易额与审计报告不一致，建议核实。"}
    steps.say(walk.people("caizheng.jingban"), number, "不同意", reasons="", against=differs)
    lead = walk.people("shangwu.jingban")
    steps.open_task(lead, number)
    lead.locator("#panel details summary", has_text="申请回避").click()
    shot(lead, "discretion", "#panel")


def administration(walk: Walk) -> None:
    """The administrator's pages."""
    page = walk.people("admin")
    page.goto("/admin/")
    shot(page, "admin-index", tallest=1200)


def simulation(walk: Walk) -> None:
    """The administrator asks what a lower rate would do to the year."""
    page = walk.people("admin")
    page.goto("/awards/simulations/new/")
    year = page.locator("[name=choice] option", has_text="2024").first.get_attribute("value")
    page.goto(f"/awards/simulations/new/?choice={year}")
    page.locator("[name=note]").fill("智慧工厂补助下调到 40%")
    section = page.locator("details", has_text=SMART_FACTORY).first
    section.locator("summary").click()
    section.get_by_label("补贴比例").fill("40")
    page.evaluate("window.scrollTo(0, 0)")
    shot(page, "simulation-new")
    page.get_by_role("button", name="开始模拟", exact=True).click()
    expect(page.get_by_text("变更后合计")).to_be_visible()
    shot(page, "simulation", tallest=1400)


CHAPTERS = (
    public_pages,
    registration,
    filling,
    filing,
    correcting,
    leading,
    discretion,
    *review_pictures.CHAPTERS,
    *money_pictures.CHAPTERS,
    administration,
    *editing_pictures.CHAPTERS,
    simulation,
)


def walk_through(site: Site, newcomer: str = NEWCOMER, only: list[str] | None = None) -> None:
    """All chapters, or those that are named, each person in a context of their own."""
    arguments = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        people = People(browser, site)
        walk = Walk(people, newcomer)
        for chapter in CHAPTERS:
            if not only or chapter.__name__ in only:
                chapter(walk)
        people.close()
        browser.close()


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site")
    parser.add_argument("--password")
    parser.add_argument("--only", nargs="*", help="names of chapters, of those that need nothing from others")
    options = parser.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    if options.site:
        # Names stand out from those of earlier runs on the same site.
        newcomer = f"演示赣芯{steps.new_code()[-4:]}有限公司"
        walk_through(Site(options.site, options.password, Path()), newcomer, options.only)
        return
    random.seed(20231010)  # the same invented codes in every run
    for old in IMAGES.glob("*.png"):
        old.unlink()
    with running_site() as site:
        walk_through(site)


if __name__ == "__main__":
    main()
