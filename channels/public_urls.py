"""Public confirmation of a sender address."""

from django.urls import path

from channels import views

app_name = "senders"

urlpatterns = [path("senders/<str:token>/", views.confirm, name="confirm")]
