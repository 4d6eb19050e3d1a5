from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels"

    def ready(self) -> None:
        """What the tick does for sending domains."""
        from channels.services.domains import wake_checks
        from core.queue import on_tick

        on_tick("channels.wake_checks", wake_checks)
