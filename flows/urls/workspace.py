"""Flows of a workspace: making, publishing, sharing, results."""

from django.urls import path

from flows.views import (
    building,
    calls,
    captions,
    files,
    gallery,
    listing,
    managing,
    personal_links,
    pictures,
    preview,
    results,
    sharing,
    splitting,
)

app_name = "flows"

urlpatterns = [
    path("", listing.index, name="list"),
    path("new/", gallery.gallery, name="gallery"),
    path("new/import/", gallery.bring, name="import"),
    path("new/<slug:template>/", gallery.begin, name="begin"),
    path("calls/", calls.calls, name="calls"),
    path("pictures/", pictures.pictures, name="pictures"),
    path("captions/", captions.add_captions, name="add-captions"),
    path("splits/", splitting.index, name="splits"),
    path("splits/<uuid:split>/", splitting.detail, name="split"),
    path("splits/<uuid:split>/end/", splitting.end, name="end-split"),
    path("<uuid:flow>/", building.detail, name="detail"),
    path("<uuid:flow>/balance/", building.balance, name="balance"),
    path("<uuid:flow>/copy-step/", building.copy_step, name="copy-step"),
    path("<uuid:flow>/preview/", preview.preview, name="preview"),
    path("<uuid:flow>/publish/", managing.publish, name="publish"),
    path("<uuid:flow>/published/", managing.published, name="published"),
    path("<uuid:flow>/share/", sharing.share, name="share"),
    path("<uuid:flow>/share/personal/", personal_links.personal_links, name="personal-links"),
    path("<uuid:flow>/settings/", managing.settle, name="settle"),
    path("<uuid:flow>/close/", managing.close, name="close"),
    path("<uuid:flow>/archive/", managing.archive, name="archive"),
    path("<uuid:flow>/delete/", managing.delete, name="delete"),
    path("<uuid:flow>/duplicate/", managing.duplicate, name="duplicate"),
    path("<uuid:flow>/document.json", managing.document, name="document"),
    path("<uuid:flow>/results/", results.results, name="results"),
    path("<uuid:flow>/results/responses/", results.responses, name="responses"),
    path("<uuid:flow>/results/responses/<uuid:session>/", results.response, name="response"),
    path("<uuid:flow>/results/responses.csv", results.export, {"kind": "csv"}, name="responses-csv"),
    path("<uuid:flow>/results/responses.xlsx", results.export, {"kind": "xlsx"}, name="responses-xlsx"),
    path("<uuid:flow>/results/responses.jsonl", results.export, {"kind": "json"}, name="responses-json"),
    path("<uuid:flow>/files/<uuid:file>/", files.download, name="file"),
    path("<uuid:flow>/versions/", managing.versions, name="versions"),
    path("<uuid:flow>/versions/<int:number>/restore/", managing.restore, name="restore"),
]
