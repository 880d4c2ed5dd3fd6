"""The Celery application; tasks carry an outbox id and nothing else (docs/adr/0005-outbox.md)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanchang_ei.settings.dev")

app = Celery("nanchang_ei")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
