"""Domains of a workspace."""

from django.urls import path

from channels.views import domains

app_name = "domains"

urlpatterns = [
    path("", domains.list_domains, name="list"),
    path("<uuid:domain>/", domains.show_domain, name="domain"),
    path("<uuid:domain>/check/", domains.check, name="check"),
    path("<uuid:domain>/keys/", domains.renew, name="keys"),
    path("<uuid:domain>/remove/", domains.remove, name="remove"),
]
