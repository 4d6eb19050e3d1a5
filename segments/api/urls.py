"""Addresses of segments and lists in the API, and what they add to that of contacts."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from contacts.api.extensions import add_filter
from segments.api.lists import ListResource
from segments.api.segments import ContactSegments, SegmentResource, by_segment

add_filter("segment", by_segment)

router = SimpleRouter(use_regex_path=False)
router.register("segments", SegmentResource, basename="api-segment")
router.register("lists", ListResource, basename="api-list")

urlpatterns = [
    *router.urls,
    path("contacts/<uuid:id>/segments/", ContactSegments.as_view({"get": "list"}), name="api-contact-segments"),
]
