"""The front door and the health pages."""

from django.urls import path

from dashboard import health, views

app_name = "root"

urlpatterns = [
    path("", views.front_door, name="front"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
