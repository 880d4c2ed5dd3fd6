"""Tables in Excel: templates, dry runs, taking over."""

from django.urls import path

from awards.views import imports, list_sheets

urlpatterns = [
    path("awards.xlsx", list_sheets.awards_xlsx, name="awards_xlsx"),
    path("accounts.xlsx", list_sheets.accounts_xlsx, name="accounts_xlsx"),
    path("imports/", imports.imports, name="imports"),
    path("imports/new/<slug:kind>/", imports.import_new, name="import_new"),
    # Without a subject in the address: ?about=
    path("imports/template/<slug:kind>/", imports.import_template, name="import_template"),
    path("imports/template/<slug:kind>/<str:about>/", imports.import_template, name="import_template"),
    path("imports/<int:pk>/", imports.import_page, name="import"),
    path("imports/<int:pk>/file/", imports.import_file, name="import_file"),
    path("imports/<int:pk>/faults.xlsx", imports.import_faults_xlsx, name="import_faults_xlsx"),
    path("imports/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("imports/<int:pk>/discard/", imports.import_discard, name="import_discard"),
]
