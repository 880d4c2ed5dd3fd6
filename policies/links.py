"""Addresses outside this app that its pages offer where they exist."""

from django.urls import NoReverseMatch, reverse

from policies.models import Clause


def apply_url(clause: Clause) -> str:
    """Where an enterprise starts an application for a monetary clause; empty if there is no such page."""
    if not clause.is_monetary:
        return ""
    try:
        return reverse("applications:start", args=[clause.pk])
    except NoReverseMatch:
        return ""
