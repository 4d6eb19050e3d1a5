"""Public confirmation of a person's new address."""

from django.urls import path

from contacts.views import new_address

app_name = "new-address"

urlpatterns = [path("address/<str:token>/", new_address.confirm, name="confirm")]
