from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Clean up after the API on the tick."""
        from accounts.services.idempotency import forget_old_answers
        from core.queue import on_tick

        on_tick("accounts.forget_old_answers", forget_old_answers)
