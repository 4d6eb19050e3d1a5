"""The workspace's own address for public pages."""

from django.urls import path

from channels.views import hosts

app_name = "hosts"

urlpatterns = [
    path("", hosts.show, name="host"),
    path("check/", hosts.check, name="check"),
    path("remove/", hosts.remove, name="remove"),
]
