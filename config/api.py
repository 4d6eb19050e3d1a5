"""The REST API's addresses; each app brings its own resources."""

from django.urls import include, path, re_path

from accounts.api.docs import show_docs, show_schema
from accounts.api.errors import unknown_route

urlpatterns = [
    path("", include("contacts.api.urls")),
    path("", include("consent.api")),
    path("", include("segments.api.urls")),
    path("", include("content.api")),
    path("", include("channels.api")),
    path("", include("delivery.api")),
    path("", include("delivery.api_pace")),
    path("", include("delivery.api_often")),
    path("", include("campaigns.api")),
    path("", include("campaigns.api_going_out")),
    path("", include("flows.api.urls")),
    path("schema/", show_schema, name="api-schema"),
    path("docs/", show_docs, name="api-docs"),
    re_path(r"", unknown_route),
]
