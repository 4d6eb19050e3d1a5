"""Every address of the application; the promised ones are in docs/addresses.md."""

from django.conf import settings
from django.urls import include, path

workspace_urls = [
    path("", include("dashboard.urls.workspace")),
    path("contacts/", include("contacts.urls")),
    path("consent/", include("consent.urls.workspace")),
    path("segments/", include("segments.urls")),
    path("templates/", include("content.urls")),
    path("flows/", include("flows.urls.workspace")),
    path("contests/", include("contests.urls.workspace")),
    path("campaigns/", include("campaigns.urls")),
    path("delivery/", include("delivery.urls.workspace")),
    path("settings/senders/", include("channels.urls")),
    path("settings/domains/", include("channels.domain_urls")),
    path("settings/own-address/", include("channels.host_urls")),
    path("settings/", include("accounts.urls.workspace")),
]

urlpatterns = [
    path("", include("dashboard.urls.root")),
    path("accounts/", include("allauth.urls")),
    path("account/", include("accounts.urls.account")),
    path("installation/", include("consent.urls.installation")),
    path("installation/", include("dashboard.urls.installation")),
    path("w/<slug:workspace>/", include(workspace_urls)),
    path("api/v1/", include("config.api")),
    path("", include("flows.urls.public")),
    path("", include("contests.urls.public")),
    path("", include("consent.urls.public")),
    path("", include("delivery.urls.public")),
    path("", include("channels.public_urls")),
    path("", include("content.public_urls")),
    path("", include("contacts.public_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]
if not settings.PRODUCTION:
    urlpatterns += [path("mail/", include("catcher.urls"))]

handler400 = "dashboard.errors.bad_request"
handler403 = "dashboard.errors.permission_denied"
handler404 = "dashboard.errors.not_found"
handler500 = "dashboard.errors.server_error"
