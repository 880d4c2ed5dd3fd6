"""Whether a file came in after its window had closed, by leave of an administrator, and why; for whoever reviews it."""

from applications.models import Application
from applications.queries.standing import VersionNote
from common.templatetags.ui import zhdate
from common.workdays import local_day
from policies.models import LateFiling
from policies.queries.windows import window_in


def late_leave(application: Application) -> LateFiling | None:
    """The leave under which the application was filed first; None where it came in within its window.

    Days that were given to everybody after the filing count: who filed within them needed no leave.
    """
    if application.filed_at is None or application.call_id is None:
        return None
    leaves = LateFiling.objects.filter(
        call=application.call_id,
        enterprise=application.enterprise_id,
        clause=application.clause_id,
        granted_at__lte=application.filed_at,
    ).exclude(revoked_at__lte=application.filed_at)
    leave = leaves.select_related("call", "granted_by", "enterprise").order_by("-granted_at").first()
    if leave is None:
        return None
    window = window_in(leave.call, application.clause, leave.enterprise.district_id)
    return leave if local_day(application.filed_at) > window.closes_on else None


def late_note(application: Application) -> VersionNote | None:
    """That an application was filed late and why, as its pages say it; None where it was not."""
    leave = late_leave(application)
    if leave is None or application.filed_at is None:
        return None
    window = window_in(leave.call, application.clause, leave.enterprise.district_id)
    revoked = f"该准予已于{zhdate(local_day(leave.revoked_at))}撤销，撤销前提交的申报有效。" if leave.revoked_at else ""
    return VersionNote(
        title="逾期申报，经批准受理",
        text=(
            f"受理时间至{zhdate(window.closes_on)}止；本件于{zhdate(local_day(application.filed_at))}提交，"
            f"经批准可提交至{zhdate(leave.closes_on)}。理由：{leave.reason.rstrip('。')}。{revoked}"
        ),
    )
