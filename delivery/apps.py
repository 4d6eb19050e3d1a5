from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "delivery"

    def ready(self) -> None:
        """What the tick does for delivery, and which events make it write or note something."""
        from core.queue import enqueue, on_tick
        from delivery.services.sending import wake_senders

        on_tick("delivery.wake_senders", wake_senders)
        on_tick("delivery.recover", lambda: enqueue("delivery.recover"))
        on_tick("delivery.end_dispatches", lambda: enqueue("delivery.end_dispatches"))
