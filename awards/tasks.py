"""Periodic work of awards; started by Celery's beat."""

from celery import shared_task

from awards.queries.snapshots import prepare_snapshots


@shared_task(name="awards.tasks.prepare_year_facts", ignore_result=True)
def prepare_year_facts() -> int:
    """Read the facts of filed years that changed since last night, so that a question about the past reads none."""
    return prepare_snapshots()
