"""Senders of a workspace."""

from django.urls import path

from channels import views

app_name = "channels"

urlpatterns = [
    path("", views.list_senders, name="senders"),
    path("<uuid:sender>/", views.edit_sender, name="sender"),
    path("<uuid:sender>/resend/", views.resend, name="resend"),
    path("<uuid:sender>/remove/", views.remove, name="remove"),
]
