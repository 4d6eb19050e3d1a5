"""What holds for every workspace, for those who run the installation."""

from django.urls import path

from consent.views import installation

app_name = "installation"

urlpatterns = [
    path("suppressions/", installation.suppressions, name="suppressions"),
    path("suppressions/list/", installation.bring, name="bring"),
    path("suppressions/list/<uuid:change>/", installation.take_list_back, name="take_list_back"),
    path("suppressions/<uuid:entry>/", installation.remove, name="remove"),
]
