from django.apps import AppConfig


class CatcherConfig(AppConfig):
    name = "catcher"

    def ready(self) -> None:
        """Caught mail goes with the person it was for."""
        from catcher import personal_data
        from contacts import rights

        rights.on_erasing("catcher.mail", personal_data.forget)
