"""Public confirmation of a sender address."""

from django.urls import path

from channels.views import senders

app_name = "senders"

urlpatterns = [path("senders/<str:token>/", senders.confirm, name="confirm")]
