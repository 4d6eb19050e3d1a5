"""Public confirmation of a sender address, and what a proxy asks before it gets a certificate."""

from django.urls import path

from channels.views import hosts, senders

app_name = "senders"

urlpatterns = [
    path("senders/<str:token>/", senders.confirm, name="confirm"),
    path("hosts/known", hosts.known, name="host-known"),
]
