"""What holds for every workspace, for those who run the installation."""

from django.urls import path

from consent.views import installation

app_name = "installation"

urlpatterns = [
    path("suppressions/", installation.suppressions, name="suppressions"),
    path("suppressions/list/", installation.bring, name="bring"),
    path("suppressions/<uuid:entry>/", installation.remove, name="remove"),
]
