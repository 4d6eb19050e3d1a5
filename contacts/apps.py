from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "contacts"

    def ready(self) -> None:
        """The tick finds imports whose wake-up or whose worker was lost."""
        from contacts.services.imports import wake_imports
        from core.queue import on_tick

        on_tick("contacts.wake_imports", wake_imports)
