from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "content"

    def ready(self) -> None:
        """Templates are named to whoever changes an attribute they say."""
        from contacts.attribute_uses import offer_uses
        from content.attribute_uses import uses

        offer_uses("content.templates", uses)
