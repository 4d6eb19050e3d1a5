"""Addresses that messages carry: /c/ click, /o/ open, /v/ view in browser; and /hooks/ for providers."""

from django.urls import path

from delivery.views import hooks, public

app_name = "tracking"

urlpatterns = [
    path("c/<str:token>", public.follow_link, name="click"),
    path("o/<str:token>.gif", public.show_pixel, name="open"),
    path("v/<str:token>/", public.view_in_browser, name="view"),
    path("hooks/<slug:provider>/<str:token>/", hooks.take_call, name="hook"),
]
