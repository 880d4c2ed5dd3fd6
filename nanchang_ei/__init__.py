"""Project package: settings, addresses, jobs and the embedded servers; no domain rule lives here."""

from nanchang_ei.celery import app as celery_app

__all__ = ["celery_app"]
