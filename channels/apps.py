from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels"

    def ready(self) -> None:
        """What the tick does for sending domains and for host names of one's own."""
        from channels.services.domains import wake_checks
        from channels.services.hosts import wake_host_checks
        from core.queue import on_tick

        on_tick("channels.wake_checks", wake_checks)
        on_tick("channels.wake_host_checks", wake_host_checks)
