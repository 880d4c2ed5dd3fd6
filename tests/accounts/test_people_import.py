"""The import of people: every fault by row, all or nothing, and nothing that a spreadsheet smuggles in."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from accounts.actions.people_import import carry_out_import, drop_import, read_people_sheet
from accounts.enums import UnitRole
from accounts.models import OutgoingMail, PeopleImport, UnitMember, User
from accounts.people_sheet import MAX_ROWS, template
from common.errors import Conflict, Invalid, NotAllowed
from tests.factories.accounts import (
    AT,
    AdministratorFactory,
    AuditorFactory,
    BureauFactory,
    EnterpriseMemberFactory,
    UnitMemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

HEAD = ("用户名", "姓名", "邮箱", "手机", "单位", "角色")


def book(*rows, head=HEAD):
    """A sheet as people send it."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "人员"
    sheet.append(list(head))
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    workbook.save(out)
    return io.BytesIO(out.getvalue())


@pytest.fixture
def administrator():
    return AdministratorFactory()


@pytest.fixture
def unit():
    return BureauFactory(name="市测试局")


def send(by, *rows, **options):
    return read_people_sheet(upload=book(*rows, **options), name="人员表.xlsx", by=by, at=AT)


def faults(by, *rows, **options):
    """{(row, column): sentence} of a sheet."""
    return {(one["row"], one["column"]): one["message"] for one in send(by, *rows, **options).faults}


def row(username="zhangsan", name="张三", email="zhang@example.com", phone="13800000001", unit="市测试局", role="经办"):
    return (username, name, email, phone, unit, role)


class TestCarryingOut:
    def test_accounts_roles_and_invitations(self, administrator, unit):
        known = UnitMemberFactory(
            unit=unit, user=UserFactory(username="lisi", name="李四", email="li@example.com")
        ).user
        sheet = send(
            administrator,
            row(),
            row(role="审核"),
            row("lisi", "李四", "li@example.com", "", role="财务"),
            row("auditor1", "王五", "wang@example.com", "", "", "审计"),
        )
        assert sheet.faults == []
        assert not User.objects.filter(username="zhangsan").exists()
        done = carry_out_import(people_import=sheet, by=administrator, at=AT)
        assert done.state == "done"
        new = User.objects.get(username="zhangsan")
        assert set(new.unit_memberships.values_list("role", flat=True)) == {UnitRole.HANDLER, UnitRole.APPROVER}
        assert not new.has_usable_password()
        assert known.unit_memberships.filter(role=UnitRole.FINANCE, is_active=True).exists()
        assert User.objects.get(username="auditor1").system_role == "auditor"
        assert set(OutgoingMail.objects.values_list("to", flat=True)) == {"zhang@example.com", "wang@example.com"}
        with pytest.raises(Conflict, match="已导入"):
            carry_out_import(people_import=sheet, by=administrator, at=AT)
        with pytest.raises(Conflict):
            drop_import(people_import=sheet, by=administrator, at=AT)

    def test_what_changed_meanwhile_stops_everything(self, administrator, unit):
        sheet = send(administrator, row("first", "甲", "a@example.com"), row("second", "乙", "b@example.com"))
        UserFactory(email="b@example.com")
        with pytest.raises(Conflict, match="没有导入任何人员"):
            carry_out_import(people_import=sheet, by=administrator, at=AT)
        sheet.refresh_from_db()
        assert [one["row"] for one in sheet.faults] == [3]
        assert not User.objects.filter(username__in=["first", "second"]).exists()
        with pytest.raises(Invalid):
            carry_out_import(people_import=sheet, by=administrator, at=AT)

    def test_only_administrators(self, unit):
        with pytest.raises(NotAllowed):
            send(AuditorFactory(), row())

    def test_the_template_comes_back_as_it_was_filled_in(self, administrator, unit):
        workbook = load_workbook(io.BytesIO(template()))
        for place, value in enumerate(row(), start=1):
            workbook["人员"].cell(row=2, column=place).value = value
        out = io.BytesIO()
        workbook.save(out)
        out.seek(0)
        sheet = read_people_sheet(upload=out, name="人员表.xlsx", by=administrator, at=AT)
        assert sheet.faults == []
        assert sheet.rows[0]["username"] == "zhangsan"


class TestFaults:
    def test_an_unknown_role_is_told_once(self, administrator, unit):
        assert {column for _, column in faults(administrator, row(role="皇帝"))} == {"角色"}

    def test_every_fault_of_the_rows_at_once(self, administrator, unit):
        UserFactory(username="taken", name="原主", email="taken@example.com")
        UserFactory(username="gone", name="离任", email="gone@example.com", is_active=False)
        member = UnitMemberFactory(unit=unit, user=UserFactory(username="held", name="在任", email="held@example.com"))
        BureauFactory(name="旧局", is_active=False)
        found = faults(
            administrator,
            row("abc", "甲", "1@example.com"),
            row("unknown", "乙", "2@example.com", unit="无此局"),
            row("badrole", "丙", "3@example.com", role="皇帝"),
            row("taken", "别人", "4@example.com"),
            row("gone", "离任", "gone@example.com"),
            row("held", "在任", "held@example.com"),
            row("mailer", "丁", "taken@example.com"),
            row("closed", "戊", "5@example.com", unit="旧局"),
            row("nounit", "己", "6@example.com", unit=""),
            row("withunit", "庚", "7@example.com", role="审计"),
            row("badmail", "辛", "不是邮箱"),
            row("badphone", "壬", "8@example.com", "123"),
            row("用户名 空格", "癸", "9@example.com"),
            row("", "无名", "10@example.com"),
        )
        assert "至少 4 个字符" in found[2, "用户名"]
        assert "没有单位“无此局”" in found[3, "单位"]
        assert "不在可选范围内" in found[4, "角色"]
        assert "已是“原主”的账号" in found[5, "姓名"]
        assert "已停用" in found[6, "用户名"]
        assert "请删去这一行" in found[7, "角色"]
        assert "已被其他账号使用" in found[8, "邮箱"]
        assert "“旧局”已停用" in found[9, "单位"]
        assert found[10, "单位"] == "请填写单位。"
        assert "请留空" in found[11, "单位"]
        assert "不是有效的电子邮箱" in found[12, "邮箱"]
        assert "11 位" in found[13, "手机"]
        assert (14, "用户名") in found
        assert found[15, "用户名"] == "请填写。"
        assert member.is_active

    def test_rows_that_do_not_go_together(self, administrator, unit):
        EnterpriseMemberFactory(user=UserFactory(username="company", name="企业人", email="c@example.com"))
        found = faults(
            administrator,
            row(),
            row(),
            row(role="审核", name="张叁"),
            row(role="财务", email="other@example.com"),
            row("another", "李四", "zhang@example.com"),
            row("mixed", "王五", "m@example.com"),
            row("mixed", "王五", "m@example.com", unit="", role="审计"),
            row("double", "赵六", "d@example.com", unit="", role="审计"),
            row("double", "赵六", "d@example.com", unit="", role="政策管理员"),
            row("company", "企业人", "c@example.com", unit="", role="审计"),
        )
        assert "与第 2 行重复" in found[3, ""]
        assert "姓名“张三”不同" in found[4, "姓名"]
        assert "邮箱“zhang@example.com”不同" in found[5, "邮箱"]
        assert "一人一个邮箱" in found[6, "邮箱"]
        assert "不能同时" in found[8, "角色"]
        assert "只能有一个系统角色" in found[10, "角色"]
        assert "不能同时" in found[11, "角色"]

    def test_formulas_are_refused_and_what_looks_like_one_stays_text(self, administrator, unit):
        found = faults(administrator, row(name='=HYPERLINK("http://x","点")'))
        assert "公式" in found[2, "姓名"]
        sheet = send(administrator, row(name="'=1+1"))
        assert sheet.rows[0]["name"] == "=1+1"
        # What goes out again in a workbook is defused by common.sheets; the page escapes it.

    def test_a_long_sheet_and_a_foreign_one(self, administrator, unit):
        many = [row(f"user{number}", f"人{number}", f"u{number}@example.com") for number in range(MAX_ROWS + 1)]
        assert "300" in faults(administrator, *many)[0, ""]
        assert "找不到表头" in faults(administrator, row(), head=("甲", "乙", "丙", "丁", "戊", "己"))[0, ""]
        assert "没有填写任何内容" in faults(administrator)[0, ""]

    @pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"PK\x03\x04nonsense", b"MZ"])
    def test_a_file_that_is_no_sheet(self, administrator, data):
        with pytest.raises(Invalid) as refused:
            read_people_sheet(upload=io.BytesIO(data), name="人员表.xlsx", by=administrator, at=AT)
        assert "file" in refused.value.errors
        assert not PeopleImport.objects.exists()


class TestPages:
    def test_sent_checked_carried_out(self, administrator, unit, as_user):
        client = as_user(administrator)
        address = reverse("accounts:people_import")
        assert client.get(address).status_code == 200
        assert client.post(address).status_code == 422
        bad = SimpleUploadedFile("表.xlsx", b"nonsense")
        assert client.post(address, {"file": bad}).status_code == 422
        file = SimpleUploadedFile("<b>表.xlsx", book(row(unit="无此局")).getvalue())
        response = client.post(address, {"file": file}, follow=True)
        text = response.content.decode()
        assert "没有单位“无此局”" in text
        assert "确认导入" not in text
        assert "<b>表" not in text
        file = SimpleUploadedFile("表.xlsx", book(row()).getvalue())
        response = client.post(address, {"file": file}, follow=True)
        assert "确认导入 1 行" in response.content.decode()
        sheet = PeopleImport.objects.first()
        apply = reverse("accounts:people_import_apply", args=[sheet.pk])
        assert client.post(apply).status_code == 302
        assert UnitMember.objects.filter(user__username="zhangsan").exists()
        assert client.post(apply).status_code == 409
        assert client.post(reverse("accounts:people_import_drop", args=[sheet.pk])).status_code == 409

    def test_the_template_is_fetched(self, administrator, unit, as_user):
        response = as_user(administrator).get(reverse("accounts:people_template"))
        workbook = load_workbook(io.BytesIO(response.content))
        assert [cell.value for cell in workbook["人员"][1]] == list(HEAD)
        assert "市测试局" in [cell.value for cell in workbook["选项"]["A"]]
