from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        """Take part in imports and in erasing."""
        from consent.handlers import forget_addresses
        from consent.import_hook import keep_people_who_chose, record_declared_consent, topics_on_offer
        from contacts import import_hooks
        from events.registry import on

        import_hooks.after_chunk("consent.record_declared", record_declared_consent)
        import_hooks.offer_topics(topics_on_offer)
        import_hooks.protect("consent.keep_people_who_chose", keep_people_who_chose)
        on("contact.erased", "consent.forget_addresses", forget_addresses)
