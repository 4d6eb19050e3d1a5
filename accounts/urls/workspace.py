"""Settings of a workspace."""

from django.urls import path

from accounts.views import workspace

app_name = "accounts"

urlpatterns = [
    path("", workspace.settings, name="settings"),
    path("people/", workspace.people, name="people"),
    path("people/<uuid:person>/role/", workspace.role, name="role"),
    path("people/<uuid:person>/remove/", workspace.remove, name="remove"),
    path("people/invitations/<uuid:invitation>/withdraw/", workspace.withdraw, name="withdraw"),
    path("keys/", workspace.keys, name="keys"),
    path("keys/<uuid:key>/revoke/", workspace.revoke, name="revoke"),
    path("history/", workspace.audit, name="audit"),
]
