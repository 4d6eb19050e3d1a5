"""The signed-in person's own pages."""

from django.urls import path

from accounts.views import account

app_name = "account"

urlpatterns = [
    path("profile/", account.profile, name="profile"),
    path("appearance/", account.appearance, name="appearance"),
    path("workspaces/new/", account.new_workspace, name="create_workspace"),
    path("workspaces/<slug:slug>/leave/", account.leave, name="leave"),
    path("invitations/<str:token>/", account.invitation, name="invitation"),
    path("brand/<str:color>.css", account.brand, name="brand"),
]
