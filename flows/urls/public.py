"""Public pages of flows. `/f/<id>/` is shared with sign-up pages, which come when no flow has that id."""

from django.urls import path

from flows.views import captions, public, sharing, splitting

app_name = "flow"

urlpatterns = [
    path("f/embed.js", sharing.embed_script, name="embed"),
    path("f/captions/<uuid:folder>/<uuid:name>.vtt", captions.captions, name="captions"),
    path("f/any/<uuid:split>/", splitting.enter, name="split"),
    path("f/<uuid:flow>/", public.enter, name="enter"),
    path("f/<uuid:flow>/s/<str:secret>/", public.session, name="session"),
    path("f/<uuid:flow>/card.png", sharing.card, name="card"),
    path("f/<uuid:flow>/qr.svg", sharing.qr_code, name="qr"),
]
