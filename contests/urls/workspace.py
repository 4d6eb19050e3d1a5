"""Contests of a workspace: the panel, entries and the draw. They are named by their flow's public id."""

from django.urls import path

from contests.views import codes, deciding, panel

app_name = "contests"

urlpatterns = [
    path("", panel.contest_list, name="list"),
    path("codes/", codes.codes, name="codes"),
    path("<uuid:flow>/", panel.panel, name="panel"),
    path("<uuid:flow>/counter/", panel.counter, name="counter"),
    path("<uuid:flow>/seal/", panel.seal, name="seal"),
    path("<uuid:flow>/draw/", panel.draw, name="draw"),
    path("<uuid:flow>/moments/", panel.moments, name="moments"),
    path("<uuid:flow>/winners/<uuid:winner>/disprove/", panel.disprove, name="disprove"),
    path("<uuid:flow>/entries/", deciding.entries, name="entries"),
    path("<uuid:flow>/entries/<uuid:entry>/", deciding.decide, name="decide"),
    path("<uuid:flow>/entries/<uuid:entry>/picture/", deciding.picture, name="picture"),
]
