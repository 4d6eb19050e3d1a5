"""Segments of a workspace."""

from django.urls import path

from segments import views

app_name = "segments"

urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.create, name="create"),
    path("preview/", views.preview, name="preview"),
    path("check/", views.check, name="check"),
    path("of/<uuid:contact>/", views.contact_panel, name="contact-panel"),
    path("<uuid:segment>/", views.detail, name="detail"),
    path("<uuid:segment>/delete/", views.delete, name="delete"),
]
