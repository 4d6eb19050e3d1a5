"""The signed-in person's own pages."""

from django.urls import URLPattern, URLResolver

app_name = "account"

urlpatterns: list[URLPattern | URLResolver] = []
