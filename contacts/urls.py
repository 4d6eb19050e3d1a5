"""Contacts, attributes and imports of a workspace."""

from django.urls import path

from contacts.views import addresses, attributes, contacts, exports, imports

app_name = "contacts"

urlpatterns = [
    path("", contacts.contact_list, name="list"),
    path("new/", contacts.create, name="create"),
    path("many/", contacts.change_many, name="change-many"),
    path("details/", attributes.attribute_list, name="attributes"),
    path("details/new/", attributes.create, name="attribute-create"),
    path("details/<uuid:attribute>/", attributes.edit, name="attribute-edit"),
    path("details/<uuid:attribute>/delete/", attributes.delete, name="attribute-delete"),
    path("columns/", contacts.list_columns, name="list-columns"),
    path("export/", exports.export, name="export"),
    path("export/<uuid:export_id>/", exports.detail, name="export-detail"),
    path("export/<uuid:export_id>/stop/", exports.stop, name="export-stop"),
    path("export/<uuid:export_id>/file/", exports.fetch, name="export-file"),
    path("import/", imports.upload, name="import"),
    path("import/<uuid:import_id>/", imports.detail, name="import-detail"),
    path("import/<uuid:import_id>/start/", imports.start, name="import-start"),
    path("import/<uuid:import_id>/reread/", imports.reread, name="import-reread"),
    path("import/<uuid:import_id>/stop/", imports.stop, name="import-stop"),
    path("import/<uuid:import_id>/resume/", imports.resume, name="import-resume"),
    path("import/<uuid:import_id>/discard/", imports.discard, name="import-discard"),
    path("import/<uuid:import_id>/undo/", imports.undo, name="import-undo"),
    path("import/<uuid:import_id>/rejects.csv", imports.rejects, name="import-rejects"),
    path("<uuid:contact>/", contacts.detail, name="detail"),
    path("<uuid:contact>/edit/", contacts.edit, name="edit"),
    path("<uuid:contact>/addresses/", addresses.add, name="address-add"),
    path("<uuid:contact>/addresses/<uuid:address>/", addresses.detail, name="address"),
    path("<uuid:contact>/addresses/<uuid:address>/mark/", addresses.mark, name="address-mark"),
    path("<uuid:contact>/addresses/<uuid:address>/primary/", addresses.primary, name="address-primary"),
    path("<uuid:contact>/addresses/<uuid:address>/remove/", addresses.remove, name="address-remove"),
    path("<uuid:contact>/addresses/<uuid:address>/correct/", addresses.correct, name="address-correct"),
    path("<uuid:contact>/erase/", contacts.erase, name="erase"),
]
