"""Public sign-up, confirmation and preference pages."""

from django.urls import URLPattern, URLResolver

app_name = "preferences"

urlpatterns: list[URLPattern | URLResolver] = []
