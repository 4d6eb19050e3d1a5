from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "delivery"

    def ready(self) -> None:
        """What the tick does for delivery, and which events make it write or note something."""
        from consent.origins import offer_origin
        from contacts import import_hooks, rights
        from core.queue import enqueue, on_tick
        from delivery import handlers, personal_data
        from delivery.import_hook import keep_people_written_to
        from delivery.merge_hook import register_parts
        from delivery.origins import describe_message
        from delivery.services.fetching import wake_fetching
        from delivery.services.resolving import wake_resolver
        from delivery.services.sending import wake_senders
        from events.registry import on

        register_parts()
        on_tick("delivery.wake_senders", wake_senders)
        on_tick("delivery.recover", lambda: enqueue("delivery.recover"))
        on_tick("delivery.wake_resolver", wake_resolver)
        on_tick("delivery.wake_fetching", wake_fetching)
        on_tick("delivery.end_dispatches", lambda: enqueue("delivery.end_dispatches"))
        on("consent.requested", "delivery.mail_confirmation", handlers.mail_confirmation)
        on("contact.address_change_requested", "delivery.mail_address_change", handlers.mail_address_change)
        on("consent.code_requested", "delivery.mail_code", handlers.mail_code)
        on("consent.link_requested", "delivery.mail_link", handlers.mail_link)
        on("consent.withdrawn", "delivery.note_unsubscribe", handlers.note_unsubscribe)
        on("sender.verification_requested", "delivery.mail_verification", handlers.mail_verification)
        on("contact.erased", "delivery.forget_person", handlers.forget_person)
        import_hooks.protect("delivery.keep_people_written_to", keep_people_written_to)
        offer_origin("delivery.message", describe_message)
        covers = ["delivery.Message", "delivery.MessageFact"]
        rights.contribute("delivery.messages", personal_data.sections, covers=covers)
        rights.on_erasing("delivery.messages", personal_data.forget)
