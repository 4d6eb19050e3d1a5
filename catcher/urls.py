"""The development mail catcher."""

from django.urls import path

from catcher import views

app_name = "catcher"

urlpatterns = [
    path("", views.show_list, name="list"),
    path("clear/", views.clear_all, name="clear"),
    path("<uuid:public_id>/", views.show_message, name="message"),
    path("<uuid:public_id>/html/", views.show_html, name="html"),
    path("<uuid:public_id>/part/<int:index>/", views.download_part, name="part"),
]
