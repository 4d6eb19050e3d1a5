"""REST: templates."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from accounts.api.errors import Conflict, Unprocessable
from accounts.api.serializers import ObjectField, PublicIdField, RelatedField, StrictSerializer
from accounts.api.views import Resource
from contacts.models import Contact
from content import services
from content.liquid_source import MAX_SOURCE
from content.models import Template
from content.preview import compile_template, preview_for


class TemplateSerializer(StrictSerializer):
    """A message as its author writes it: MJML and Liquid."""

    id = PublicIdField()
    name = serializers.CharField(max_length=80)
    subject = serializers.CharField(max_length=300, required=False, allow_blank=True)
    preheader = serializers.CharField(max_length=300, required=False, allow_blank=True)
    mjml = serializers.CharField(max_length=MAX_SOURCE, required=False, allow_blank=True, trim_whitespace=False)
    text = serializers.CharField(
        max_length=MAX_SOURCE,
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="Made from the message when empty.",
    )
    language = serializers.CharField(max_length=20, required=False, allow_blank=True)
    version = serializers.IntegerField(
        source="lock_version",
        required=False,
        help_text="In a change: refuse it with 409 when this is not the present one.",
    )
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class RenderSerializer(StrictSerializer):
    """Whom to render for; neither means somebody who does not exist."""

    contact = RelatedField(Contact, required=False, allow_null=True)
    data = ObjectField(  # type: ignore[assignment]
        required=False, help_text="What a transactional message would bring along."
    )


class ProblemSerializer(serializers.Serializer[Any]):
    """One thing to look at before sending."""

    code = serializers.CharField()
    message = serializers.CharField()
    where = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    level = serializers.ChoiceField(["error", "warning"])


class RenderedSerializer(serializers.Serializer[Any]):
    """The message as one person would read it."""

    subject = serializers.CharField()
    html = serializers.CharField()
    text = serializers.CharField()
    problems = ProblemSerializer(many=True)


class TemplateResource(Resource):
    """Templates."""

    scope = "templates"
    model = Template
    serializer_class = TemplateSerializer
    action_scopes = {"render": "templates:read"}

    def create(self, request: Request) -> Response:
        """Add a template. What is wrong with it, `render` says."""
        values = self.validated()
        values.pop("lock_version", None)
        template = services.create_template(workspace=self.workspace, actor=self.actor, values=values)
        return Response(self.shown(template), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, **_ids: Any) -> Response:
        """Change a template. Campaigns that were sent keep what they were sent with."""
        template = self.get_object()
        values = self.validated(partial=True)
        version = values.pop("lock_version", template.lock_version)
        try:
            changed = services.save_template(template=template, lock_version=version, values=values)
        except services.EditConflict as error:
            raise Conflict(str(error), code="edit_conflict") from error
        return Response(self.shown(changed))

    def destroy(self, request: Request, **_ids: Any) -> Response:
        """Delete a template that no campaign uses."""
        try:
            services.delete_template(template=self.get_object(), actor=self.actor)
        except services.TemplateInUse as error:
            raise Conflict(str(error), code="template_in_use") from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=RenderSerializer, responses={200: RenderedSerializer})
    @action(detail=True, methods=["post"])
    def render(self, request: Request, **_ids: Any) -> Response:
        """Read it as one contact would, with everything that is wrong with it. Sends nothing."""
        template = self.get_object()
        values = self.validated(RenderSerializer)
        compiled = compile_template(template)
        preview = preview_for(
            compiled=compiled, workspace=self.workspace, contact=values.get("contact"), data=values.get("data")
        )
        if preview.problem:
            raise Unprocessable(preview.problem, code="cannot_render")
        return Response(
            {
                "subject": preview.subject,
                "html": preview.html,
                "text": preview.text,
                "problems": [problem.as_dict() for problem in compiled.problems],
            }
        )


router = SimpleRouter(use_regex_path=False)
router.register("templates", TemplateResource, basename="api-template")

urlpatterns = router.urls
