"""Addresses of contacts, attributes and events."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from contacts.api.addresses import AddressResource
from contacts.api.exports import ExportResource
from contacts.api.happenings import EventResource
from contacts.api.imports import ImportResource
from contacts.api.people import AttributeResource, ContactResource, ContactTimeline

router = SimpleRouter(use_regex_path=False)
router.register("contacts", ContactResource, basename="api-contact")
router.register("exports", ExportResource, basename="api-export")
router.register("imports", ImportResource, basename="api-import")
router.register("attributes", AttributeResource, basename="api-attribute")

urlpatterns = [
    *router.urls,
    path("contacts/<uuid:id>/timeline/", ContactTimeline.as_view({"get": "list"}), name="api-contact-timeline"),
    path(
        "contacts/<uuid:id>/addresses/",
        AddressResource.as_view({"get": "list", "post": "create"}),
        name="api-contact-addresses",
    ),
    path(
        "contacts/<uuid:id>/addresses/<uuid:address>/",
        AddressResource.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="api-contact-address",
    ),
    path("imports/<uuid:id>/rejected/", ImportResource.as_view({"get": "rejected"}), name="api-import-rejected"),
    path("exports/<uuid:id>/file/", ExportResource.as_view({"get": "file"}), name="api-export-file"),
    path("events/", EventResource.as_view({"post": "create"}), name="api-events"),
]
