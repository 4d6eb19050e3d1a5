"""Templates of a workspace."""

from django.urls import path

from content import views

app_name = "content"

urlpatterns = [
    path("", views.list_templates, name="list"),
    path("new/", views.create, name="create"),
    path("starters/<slug:key>/", views.preview_starter, name="starter"),
    path("pictures/", views.pictures, name="pictures"),
    path("<uuid:template>/", views.edit, name="edit"),
    path("<uuid:template>/preview/", views.preview, name="preview"),
    path("<uuid:template>/people/", views.people, name="people"),
    path("<uuid:template>/duplicate/", views.duplicate, name="duplicate"),
    path("<uuid:template>/delete/", views.delete, name="delete"),
]
