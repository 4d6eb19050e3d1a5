"""Campaigns of a workspace."""

from django.urls import path

from campaigns.views import approving, comparing, editing, listing, recipients, reviewing, rules, running

app_name = "campaigns"

urlpatterns = [
    path("", listing.campaign_list, name="list"),
    path("home-panel/", listing.home_panel, name="home-panel"),
    path("new/", editing.create, name="create"),
    path("ask-again/", editing.ask_again, name="ask-again"),
    path("rules/", rules.rules, name="rules"),
    path("rules/often/", rules.add_rule, name="rule-add"),
    path("rules/often/forecast/", rules.forecast, name="rule-forecast"),
    path("rules/often/<uuid:rule>/remove/", rules.remove_rule, name="rule-remove"),
    path("audience/", editing.audience, name="audience"),
    path("frame/<uuid:template>/", editing.frame, name="frame"),
    path("hold-out/", comparing.hold_out, name="hold-out"),
    path("why/<uuid:contact>/", recipients.why_for_contact, name="why-contact"),
    path("<uuid:campaign>/", running.detail, name="detail"),
    path("<uuid:campaign>/versions/", comparing.versions, name="versions"),
    path("<uuid:campaign>/versions/sizes/", comparing.sizes, name="sizes"),
    path("<uuid:campaign>/versions/summary/", comparing.summary, name="versions-summary"),
    path("<uuid:campaign>/comparison/", comparing.comparison, name="comparison"),
    path("<uuid:campaign>/choose/", comparing.choose, name="choose"),
    path("<uuid:campaign>/who/", editing.who, name="who"),
    path("<uuid:campaign>/message/", editing.message, name="message"),
    path("<uuid:campaign>/review/", reviewing.review, name="review"),
    path("<uuid:campaign>/preview/", reviewing.preview, name="preview"),
    path("<uuid:campaign>/schedule/", reviewing.schedule, name="schedule"),
    path("<uuid:campaign>/send/", reviewing.send, name="send"),
    path("<uuid:campaign>/undo/", reviewing.undo, name="undo"),
    path("<uuid:campaign>/launch/", reviewing.launch, name="launch"),
    path("<uuid:campaign>/test/", reviewing.test, name="test"),
    path("templates/", approving.templates, name="templates"),
    path("<uuid:campaign>/approve/", approving.approve, name="approve"),
    path("<uuid:campaign>/say-no/", approving.say_no, name="say-no"),
    path("<uuid:campaign>/standing/", approving.standing, name="standing"),
    path("<uuid:campaign>/keep/", approving.save_template, name="save-template"),
    path("<uuid:campaign>/start/", approving.start, name="start"),
    path("<uuid:campaign>/report/", running.report, name="report"),
    path("<uuid:campaign>/messages/", recipients.message_list, name="messages"),
    path("<uuid:campaign>/messages/export/", recipients.export, name="export"),
    path("<uuid:campaign>/why/", recipients.why_not, name="why"),
    path("<uuid:campaign>/pause/", running.pause, name="pause"),
    path("<uuid:campaign>/resume/", running.resume, name="resume"),
    path("<uuid:campaign>/cancel/", running.cancel, name="cancel"),
    path("<uuid:campaign>/send-unknown/", running.send_unknown, name="send-unknown"),
    path("<uuid:campaign>/duplicate/", editing.duplicate, name="duplicate"),
    path("<uuid:campaign>/delete/", editing.delete, name="delete"),
]
