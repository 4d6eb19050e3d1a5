"""Public confirmation of a sender address."""

from django.urls import URLPattern, URLResolver

app_name = "senders"

urlpatterns: list[URLPattern | URLResolver] = []
