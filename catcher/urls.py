"""The development mail catcher."""

from django.urls import URLPattern, URLResolver

app_name = "catcher"

urlpatterns: list[URLPattern | URLResolver] = []
