from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        """Take part in imports and in erasing."""
        from consent import personal_data
        from consent.import_hook import keep_people_who_chose, record_declared_consent, topics_on_offer
        from consent.merge_hook import register_parts
        from contacts import import_hooks, rights

        register_parts()
        import_hooks.after_chunk("consent.record_declared", record_declared_consent)
        import_hooks.offer_topics(topics_on_offer)
        import_hooks.protect("consent.keep_people_who_chose", keep_people_who_chose)
        covers = ["ConsentState", "ConsentRecord", "Confirmation", "ContactPreference"]
        rights.contribute("consent.ledger", personal_data.sections, covers=[f"consent.{name}" for name in covers])
        rights.on_erasing("consent.evidence", personal_data.forget)
