"""Pictures of messages, for whoever reads the mail."""

from django.urls import path, register_converter

from content import public_views


class ExtensionConverter:
    """The extensions of pictures we store."""

    regex = "png|jpg|gif|webp"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(ExtensionConverter, "picture_extension")

app_name = "pictures"

urlpatterns = [
    path("media/pictures/<uuid:folder>/<uuid:name>.<picture_extension:extension>", public_views.picture, name="picture")
]
