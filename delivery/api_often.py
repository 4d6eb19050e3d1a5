"""REST: how often a workspace writes to people."""

from typing import Any

from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from accounts.api.errors import Conflict
from accounts.api.serializers import PublicIdField, StrictSerializer
from accounts.api.views import Resource
from contacts.models import Channel
from delivery.models import FrequencyRule
from delivery.services import MOST_RULES, TooManyRules, remove_frequency_rule, set_frequency_rule


class FrequencyRuleSerializer(StrictSerializer):
    """At most so many campaign messages to one person in any so many days."""

    id = PublicIdField()
    messages = serializers.IntegerField(min_value=1, max_value=100)
    days = serializers.IntegerField(min_value=1, max_value=60)
    channel = serializers.ChoiceField(
        Channel.choices, required=False, allow_blank=True, help_text="Empty for all channels together."
    )
    created_at = serializers.DateTimeField(read_only=True)


class FrequencyRuleResource(Resource):
    """Rules of how often people are written to."""

    scope = "campaigns"
    model = FrequencyRule
    serializer_class = FrequencyRuleSerializer

    def create(self, request: Request) -> Response:
        """Make a rule. It takes the place of one for the same days and channel; a workspace has ten at most."""
        try:
            rule = set_frequency_rule(workspace=self.workspace, actor=self.actor, **self.validated())
        except TooManyRules as error:
            words = f"There are {MOST_RULES} rules already. Remove one first; nothing was changed."
            raise Conflict(words, code="too_many_rules") from error
        return Response(self.shown(rule), status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Remove a rule. Whoever waits because of it gets the message at the time it was put off to."""
        remove_frequency_rule(rule=self.get_object(), actor=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)


router = SimpleRouter(use_regex_path=False)
router.register("frequency_rules", FrequencyRuleResource, basename="api-frequency-rule")

urlpatterns = router.urls
