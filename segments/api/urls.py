"""Addresses of segments and lists in the API, and what they add to that of contacts."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from contacts.api.extensions import add_filter, add_import_option
from segments.api.lists import ListResource, read_list
from segments.api.segments import ContactSegments, SegmentResource, by_segment

add_filter("segment", by_segment)
add_import_option("static_list", read_list)

router = SimpleRouter(use_regex_path=False)
router.register("segments", SegmentResource, basename="api-segment")
router.register("lists", ListResource, basename="api-list")

urlpatterns = [
    *router.urls,
    path("contacts/<uuid:id>/segments/", ContactSegments.as_view({"get": "list"}), name="api-contact-segments"),
]
