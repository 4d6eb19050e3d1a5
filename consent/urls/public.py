"""Public sign-up, confirmation and preference pages."""

from django.urls import path

from consent.views import lost_links, own_data, preferences, renewal, signup, unsubscribe

app_name = "preferences"

urlpatterns = [
    path("f/<uuid:page>/", signup.signup, name="signup"),
    path("f/<uuid:page>/sent/", signup.sent, name="sent"),
    path("confirm/<str:token>/", signup.confirm, name="confirm"),
    path("p/<str:token>/", preferences.preferences, name="centre"),
    path("p/<str:token>/why/", preferences.why, name="why"),
    path("p/<str:token>/data/", own_data.own_data, name="data"),
    path("p/lost/<uuid:workspace>/", lost_links.lost_link, name="lost-link"),
    path("p/<str:token>/stay/", renewal.stay, name="stay"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
