"""People, units and enterprises for tests."""

from datetime import UTC, datetime
from itertools import count

import factory
from factory.django import DjangoModelFactory
from stdnum.cn import uscc as stdnum_uscc

from accounts.enums import EnterpriseRole, EnterpriseStatus, SystemRole, UnitKind, UnitRole
from accounts.models import Enterprise, EnterpriseMember, Notification, Unit, UnitMember, User, YearlyFigures

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery-9"
_numbers = count(1)


def make_uscc(number: int | None = None) -> str:
    """A 统一社会信用代码 with a right check character, different for every number."""
    body = f"91360100MA{(number if number is not None else next(_numbers)):07d}"
    return body + stdnum_uscc.calc_check_digit(body)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n:05d}")
    name = factory.Sequence(lambda n: f"测试人员{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    phone = "13800000000"

    @factory.post_generation
    def password(self, create, extracted, **kwargs):
        self.set_password(extracted or PASSWORD)
        if create:
            self.save(update_fields=["password"])


class AdministratorFactory(UserFactory):
    system_role = SystemRole.ADMINISTRATOR


class AuditorFactory(UserFactory):
    system_role = SystemRole.AUDITOR


class DistrictFactory(DjangoModelFactory):
    class Meta:
        model = Unit

    code = factory.Sequence(lambda n: f"district-{n}")
    name = factory.Sequence(lambda n: f"测试县区{n}")
    full_name = factory.LazyAttribute(lambda unit: f"{unit.name}管理委员会")
    kind = UnitKind.DISTRICT
    order = factory.Sequence(lambda n: n)


class BureauFactory(DistrictFactory):
    code = factory.Sequence(lambda n: f"bureau-{n}")
    name = factory.Sequence(lambda n: f"测试局{n}")
    full_name = factory.LazyAttribute(lambda unit: f"南昌市{unit.name}")
    kind = UnitKind.BUREAU


class UnitMemberFactory(DjangoModelFactory):
    class Meta:
        model = UnitMember

    unit = factory.SubFactory(DistrictFactory)
    user = factory.SubFactory(UserFactory)
    role = UnitRole.HANDLER


class EnterpriseFactory(DjangoModelFactory):
    """A verified enterprise; the Pending and Rejected ones below differ in state only."""

    class Meta:
        model = Enterprise

    name = factory.Sequence(lambda n: f"南昌演示电子{n}有限公司")
    uscc = factory.LazyFunction(make_uscc)
    district = factory.SubFactory(DistrictFactory)
    legal_representative = "张三"
    contact_name = "李四"
    contact_phone = "0791-88888888"
    registered_at = AT
    status = EnterpriseStatus.VERIFIED
    verified_at = AT
    verified_by = factory.SubFactory(UserFactory)


class PendingEnterpriseFactory(EnterpriseFactory):
    status = EnterpriseStatus.PENDING
    verified_at = None
    verified_by = None


class RejectedEnterpriseFactory(EnterpriseFactory):
    status = EnterpriseStatus.REJECTED
    rejection_reason = "统一社会信用代码与营业执照不一致。"


class EnterpriseMemberFactory(DjangoModelFactory):
    class Meta:
        model = EnterpriseMember

    enterprise = factory.SubFactory(EnterpriseFactory)
    user = factory.SubFactory(UserFactory)
    role = EnterpriseRole.LEGAL


class NotificationFactory(DjangoModelFactory):
    class Meta:
        model = Notification

    user = factory.SubFactory(UserFactory)
    title = "测试消息"
    created_at = AT


class YearlyFiguresFactory(DjangoModelFactory):
    class Meta:
        model = YearlyFigures

    enterprise = factory.SubFactory(EnterpriseFactory)
    policy_year = 2025
    values = factory.LazyFunction(lambda: {"revenue": "320000000.00"})
    updated_at = AT
    updated_by = factory.SubFactory(UserFactory)
