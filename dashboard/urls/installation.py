"""Pages about the whole installation, for those who run it."""

from django.urls import path

from dashboard import machine_room

app_name = "machine_room"

urlpatterns = [
    path("sending/", machine_room.sending, name="sending"),
]
