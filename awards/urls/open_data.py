"""数据公开: published awards and the yearly report, for everybody."""

from django.urls import URLPattern, path

from awards.views import open_data, yearly

urlpatterns: list[URLPattern] = [
    path("public/data/", open_data.open_data, name="open_data"),
    path("public/data/awards.csv", open_data.open_data_csv, name="open_data_csv"),
    path("public/data/awards.json", open_data.open_data_json, name="open_data_json"),
    path("public/report/", yearly.yearly_report_page, name="yearly_report"),
    path("public/report/report.pdf", yearly.yearly_report_pdf, name="yearly_report_pdf"),
]
