"""Public click, open, unsubscribe and view-in-browser addresses."""

from django.urls import URLPattern, URLResolver

app_name = "tracking"

urlpatterns: list[URLPattern | URLResolver] = []
