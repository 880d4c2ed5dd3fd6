"""What the tests of pages share."""

from django.urls import reverse

PAGES = ["detail", "figures", "facts", "evidence", "check", "withdraw"]


def at(name, application, *args):
    return reverse(f"applications:{name}", args=[application.pk, *args])


def text(response):
    return response.content.decode()


def facts_post(application, **changes):
    data = {
        "expected_version": str(application.draft_version),
        "projects-TOTAL_FORMS": "1",
        "projects-0-name": "一期",
        "projects-0-investment": "800",
        "projects-0-accepted_on": "2024-06-30",
    }
    return data | changes
