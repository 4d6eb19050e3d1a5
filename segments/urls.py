"""Segments of a workspace."""

from django.urls import path

from segments import views

app_name = "segments"

urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.create, name="create"),
    path("start/", views.start, name="start"),
    path("overlap/", views.overlap, name="overlap"),
    path("drafts/<uuid:draft>/discard/", views.discard, name="discard-draft"),
    path("preview/", views.preview, name="preview"),
    path("check/", views.check, name="check"),
    path("of/<uuid:contact>/", views.contact_panel, name="contact-panel"),
    path("lists/", views.all_lists, name="lists"),
    path("lists/new/", views.new_list, name="new-list"),
    path("lists/put/", views.put_on_list, name="put-on-list"),
    path("lists/<uuid:static_list>/", views.one_list, name="one-list"),
    path("lists/<uuid:static_list>/add/", views.add_people, name="list-add"),
    path("lists/<uuid:static_list>/remove/", views.remove_people, name="list-remove"),
    path("lists/<uuid:static_list>/segment/", views.write_to_list, name="list-segment"),
    path("lists/<uuid:static_list>/delete/", views.delete_list, name="list-delete"),
    path("<uuid:segment>/", views.detail, name="detail"),
    path("<uuid:segment>/delete/", views.delete, name="delete"),
    path("<uuid:segment>/comings/", views.comings, name="comings"),
    path("<uuid:segment>/freeze/", views.freeze, name="freeze"),
    path("<uuid:segment>/duplicate/", views.duplicate, name="duplicate"),
    path("<uuid:segment>/versions/", views.history, name="versions"),
    path("<uuid:segment>/versions/<int:number>/", views.changes, name="changes"),
    path("<uuid:segment>/versions/<int:number>/restore/", views.restore, name="restore"),
]
