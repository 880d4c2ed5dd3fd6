"""Locking an application: the first lock that every action takes, so that two of them never wait for each other."""

from applications.models import Application


def lock(application: Application) -> Application:
    """The application as it stands now, its row locked until the transaction ends."""
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("enterprise__district", "clause__document", "call", "clause_version")
        .get(pk=application.pk)
    )


def text_of(application: Application) -> str:
    """How messages name the application: 3.4.5 “5G+智慧工厂”建设补助（2024 年度）."""
    return f"{application.clause.clause_id} {application.clause.title}（{application.policy_year} 年度）"


def address_of(application: Application) -> str:
    """The path of the application's page, for messages."""
    return f"/applications/{application.pk}/"
