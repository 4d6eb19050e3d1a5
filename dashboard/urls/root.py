"""The front door and the health pages."""

from django.urls import URLPattern, URLResolver

app_name = "root"

urlpatterns: list[URLPattern | URLResolver] = []
