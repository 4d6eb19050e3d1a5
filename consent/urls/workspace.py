"""Topics, sign-up pages, suppressions and the ledger of a workspace."""

from django.urls import path

from consent.views import choices, ledger, overview, record_keeping, suppression_lists, suppressions

app_name = "consent"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("settings/", overview.settings, name="settings"),
    path("topics/new/", overview.topic_create, name="topic-create"),
    path("topics/<uuid:topic>/", overview.topic_edit, name="topic-edit"),
    path("topics/<uuid:topic>/delete/", overview.topic_delete, name="topic-delete"),
    path("pages/new/", overview.page_create, name="page-create"),
    path("pages/<uuid:page>/", overview.page_edit, name="page-edit"),
    path("suppressions/", suppressions.suppressions, name="suppressions"),
    path("suppressions/list.csv", suppression_lists.download, name="suppressions-file"),
    path("suppressions/lists/", suppression_lists.upload, name="suppression-lists"),
    path("suppressions/lists/<uuid:list_id>/", suppression_lists.detail, name="suppression-list"),
    path("suppressions/lists/<uuid:list_id>/start/", suppression_lists.start, name="suppression-list-start"),
    path("suppressions/lists/<uuid:list_id>/discard/", suppression_lists.discard, name="suppression-list-discard"),
    path("suppressions/lists/<uuid:list_id>/lift/", suppression_lists.lift, name="suppression-list-lift"),
    path("suppressions/<uuid:suppression>/lift/", suppressions.lift, name="suppression-lift"),
    path("check/", record_keeping.check, name="check"),
    path("rules/", record_keeping.rules, name="rules"),
    path("confirmations/", record_keeping.confirmations, name="confirmations"),
    path("confirmations/<uuid:confirmation>/resend/", record_keeping.resend, name="confirmation-resend"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/<uuid:record>/", ledger.record, name="record"),
    path("contacts/<uuid:contact>/receipt/", record_keeping.receipt, name="receipt"),
    path("contacts/<uuid:contact>/", ledger.contact_panel, name="contact-panel"),
    path("contacts/<uuid:contact>/complaint/", ledger.complaint, name="contact-complaint"),
    path("contacts/<uuid:contact>/preferences/", choices.choices, name="contact-preferences"),
]
