"""Every address at a workspace's own host (docs/own-domains.md). What is not here cannot be reached there.

Pages that begin with a flow's id are answered for flows of that workspace only (flows.own_hosts); the others are the
same for everybody.
"""

from django.urls import include, path

from accounts.views.account import brand

urlpatterns = [
    path("", include("flows.urls.public")),
    path("", include("contests.urls.public")),
    path("", include("content.public_urls")),
    path("account/", include(([path("brand/<str:color>.css", brand, name="brand")], "account"))),
]

handler400 = "dashboard.errors.bad_request"
handler403 = "dashboard.errors.permission_denied"
handler404 = "flows.views.own_hosts.not_found"
handler500 = "dashboard.errors.server_error"
