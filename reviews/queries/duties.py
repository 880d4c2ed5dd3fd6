"""What a person has in hand in the review, as 人员与角色 shows it before an account is switched off."""

from collections.abc import Sequence

from accounts.duties import LINES, Duty
from accounts.models import User
from reviews.enums import PanelState, StageState, TaskState
from reviews.models import PanelMember, Task


def duties_in_review(user: User) -> Sequence[Duty]:
    """The person's unfinished tasks and the panels in which this person sits."""
    tasks = (
        Task.objects.filter(handler=user, state__in=[TaskState.OPEN, TaskState.DRAFTED])
        .exclude(stage__state__in=[StageState.CANCELLED, StageState.DONE])
        .select_related("unit", "stage__case__application__enterprise")
        .order_by("due_on", "pk")
    )
    seats = (
        PanelMember.objects.filter(user=user, left_at=None)
        .exclude(panel__state=PanelState.CONCLUDED)
        .select_related("panel__unit")
        .order_by("pk")
    )
    return [
        Duty(
            title="名下待办",
            count=tasks.count(),
            counter="件",
            lines=[
                f"{task.unit.name} {task.stage.case.application.number} {task.stage.get_kind_display()}"
                for task in tasks[:LINES]
            ],
            after="停用后退回各单位，由本单位领取或交办。",
        ),
        Duty(
            title="正在参加的评审组",
            count=seats.count(),
            counter="个",
            lines=[f"{seat.panel.unit.name} {seat.panel.title}" for seat in seats[:LINES]],
            after="停用后仍在名单中，请组织单位另行调整成员。",
        ),
    ]
