"""Public pages of contests: rules, draw, one's own entry, prizes, gallery."""

from django.urls import path

from contests.views import entrant, gallery, public

app_name = "contest"

urlpatterns = [
    path("f/<uuid:flow>/rules/", public.rules, name="rules"),
    path("f/<uuid:flow>/draw/", public.draw, name="draw"),
    path("f/<uuid:flow>/draw/verify_draw.py", public.script, name="script"),
    path("f/<uuid:flow>/draw/documents.zip", public.archive, name="archive"),
    path("f/<uuid:flow>/draw/<slug:name>.txt", public.document, name="document"),
    path("f/<uuid:flow>/leaders/", public.leaders, name="leaders"),
    path("f/<uuid:flow>/gallery/", gallery.gallery, name="gallery"),
    path("f/<uuid:flow>/gallery/<uuid:entry>/vote/", gallery.vote, name="vote"),
    path("f/<uuid:flow>/gallery/<uuid:entry>/picture/", gallery.picture, name="picture"),
    path("f/<uuid:flow>/entry/<str:token>/", entrant.status, name="status"),
    path("f/<uuid:flow>/entry/<str:token>/withdraw/", entrant.withdraw, name="withdraw"),
    path("f/<uuid:flow>/confirm/<str:token>/", entrant.confirm, name="confirm"),
    path("f/<uuid:flow>/claim/<str:token>/", entrant.claim, name="claim"),
]
