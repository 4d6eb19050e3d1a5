"""Test sends, one message's story, the panel of a contact's messages, and how fast messages may leave."""

from django.urls import path

from delivery.views import pace, workspace

app_name = "delivery"

urlpatterns = [
    path("test/", workspace.send_test, name="test-send"),
    path("contacts/<uuid:contact>/", workspace.contact_panel, name="contact-panel"),
    path("messages/<uuid:message>/", workspace.show_message_story, name="message"),
    path("messages/<uuid:message>/content/", workspace.show_message_content, name="message-content"),
    path("pace/dispatches/<uuid:dispatch>/", pace.dispatch_pace, name="dispatch-pace"),
    path("pace/", pace.workspace_limits, name="pace"),
    path("pace/<uuid:sender>/", pace.sender_limits, name="sender-pace"),
    path("pace/<uuid:sender>/again/", pace.try_again, name="sender-again"),
]
