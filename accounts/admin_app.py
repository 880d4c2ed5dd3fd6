"""Django's admin with the product's own site; stands in INSTALLED_APPS instead of django.contrib.admin."""

from django.contrib.admin.apps import AdminConfig


class OfficeAdminConfig(AdminConfig):
    """The admin, guarded by the system role."""

    default_site = "accounts.admin_site.OfficeAdminSite"
