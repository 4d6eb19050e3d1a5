"""Home and search of a workspace."""

from django.urls import path

from dashboard import views

app_name = "dashboard"

urlpatterns = [
    path("", views.home, name="home"),
    path("joined/", views.joined_panel, name="joined"),
    path("workers/", views.workers_panel, name="workers"),
    path("search/", views.search, name="search"),
]
