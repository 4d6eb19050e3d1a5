"""Topics, sign-up pages and suppressions of a workspace."""

from django.urls import URLPattern, URLResolver

app_name = "consent"

urlpatterns: list[URLPattern | URLResolver] = []
