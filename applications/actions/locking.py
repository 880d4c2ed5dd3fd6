"""Locking an application: the first lock that every action takes, so that two of them never wait for each other."""

from accounts.models import Enterprise, YearlyFigures
from applications.models import Application


def lock(application: Application) -> Application:
    """The application as it stands now, its row locked until the transaction ends."""
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("enterprise__district", "clause__document", "call", "clause_version", "rules")
        .get(pk=application.pk)
    )


def lock_enterprise(application: Application) -> Enterprise:
    """The enterprise, locked until the transaction ends: always after the application, never before it.

    Whoever changes evidence that serves the whole year takes it too, so that a filing sees one state of it.
    """
    return (
        Enterprise.objects.select_for_update(of=("self",), no_key=True)
        .select_related("district")
        .get(pk=application.enterprise_id)
    )


def lock_figures(application: Application) -> YearlyFigures | None:
    """The figures of the year, locked: what is checked is what is filed."""
    return (
        YearlyFigures.objects.select_for_update()
        .filter(enterprise_id=application.enterprise_id, policy_year=application.policy_year)
        .first()
    )


def text_of(application: Application) -> str:
    """How messages name the application: 3.4.5 “5G+智慧工厂”建设补助（2024 年度）."""
    return f"{application.clause.clause_id} {application.clause.title}（{application.policy_year} 年度）"


def address_of(application: Application) -> str:
    """The path of the application's page, for messages."""
    return f"/applications/{application.pk}/"
