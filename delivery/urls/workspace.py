"""Test sends, one message's story, and the panel of a contact's messages."""

from django.urls import path

from delivery.views import workspace

app_name = "delivery"

urlpatterns = [
    path("test/", workspace.send_test, name="test-send"),
    path("contacts/<uuid:contact>/", workspace.contact_panel, name="contact-panel"),
    path("messages/<uuid:message>/", workspace.show_message_story, name="message"),
    path("messages/<uuid:message>/content/", workspace.show_message_content, name="message-content"),
]
