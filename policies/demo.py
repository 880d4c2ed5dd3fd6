"""Demonstration calls: windows around a given day, so that the whole procedure can be tried."""

import datetime as dt

from policies.actions.calls import issue_call
from policies.models import Call, Document

NUMBER = "洪府发〔2023〕30号"
_POLICY_YEARS = (2024, 2025)
_TEXT = (
    "根据《关于进一步推动电子信息产业高质量发展的实施意见（修订版）》（{number}），现开展{year}年度政策兑现申报。\n"
    "一、申报对象：在昌电子信息企业，以及条款列明的产业联盟、协会、商会。\n"
    "二、申报方式：登录本系统按条款在线填报，上传证明材料，由法定代表人或授权人确认后提交。\n"
    "三、申报数据以{year}年度的实际经营情况为准。\n"
    "本通知为演示数据，不构成申报依据。"
)


def load(today: dt.date, *, at: dt.datetime) -> list[Call]:
    """Create the demonstration calls that do not exist yet: open from 30 days before to 60 days after `today`."""
    document = Document.objects.get(number=NUMBER)
    created = []
    for year in _POLICY_YEARS:
        if Call.objects.filter(document=document, policy_year=year).exists():
            continue
        created.append(
            issue_call(
                document,
                policy_year=year,
                title=f"{year}年度电子信息产业政策兑现申报通知（演示）",
                text=_TEXT.format(number=NUMBER, year=year),
                opens_on=today - dt.timedelta(days=30),
                closes_on=today + dt.timedelta(days=60),
                by=None,
                at=at,
            )
        )
    return created
