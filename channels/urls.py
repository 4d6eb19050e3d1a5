"""Senders of a workspace."""

from django.urls import path

from channels.views import senders, ways

app_name = "channels"

urlpatterns = [
    path("", senders.list_senders, name="senders"),
    path("<uuid:sender>/", senders.edit_sender, name="sender"),
    path("<uuid:sender>/way/", ways.choose_way, name="way"),
    path("<uuid:sender>/hook/", ways.change_hook, name="hook"),
    path("<uuid:sender>/resend/", senders.resend, name="resend"),
    path("<uuid:sender>/remove/", senders.remove, name="remove"),
]
