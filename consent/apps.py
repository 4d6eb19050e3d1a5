from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        """Take part in imports, in erasing, in the list of contacts and in exports."""
        from consent import personal_data
        from consent.import_hook import keep_people_who_chose, record_declared_consent, topics_on_offer
        from consent.import_undo import bases_on_offer, take_back_consent
        from consent.listing import ConsentFilter, consent_columns
        from consent.merge_hook import register_parts
        from consent.newcomers import match_imported, match_person
        from consent.services.expiry import wake_expiry
        from consent.services.suppression_lists import wake_lists
        from consent.services.verification import check_due_ledgers
        from contacts import import_hooks, rights
        from contacts.exporting.columns import offer_columns
        from contacts.list_filters import offer_filter
        from core.queue import on_tick
        from events.registry import on

        register_parts()
        import_hooks.after_chunk("consent.record_declared", record_declared_consent)
        import_hooks.offer_topics(topics_on_offer)
        import_hooks.offer_bases(bases_on_offer)
        import_hooks.on_undo("consent.take_back", take_back_consent)
        import_hooks.protect("consent.keep_people_who_chose", keep_people_who_chose)
        offer_filter(ConsentFilter())
        offer_columns("consent.topics", consent_columns)
        covers = ["ConsentState", "ConsentRecord", "Confirmation", "ContactPreference"]
        rights.contribute(
            "consent.ledger", personal_data.sections, covers=[f"consent.{name}" for name in covers], place=20
        )
        rights.leave_out("consent.AccessCode", "Times of a code they asked for; it says nothing of them.")
        rights.on_erasing("consent.evidence", personal_data.forget)
        on_tick("consent.check_ledgers", check_due_ledgers)
        on_tick("consent.expire", wake_expiry)
        on_tick("consent.wake_lists", wake_lists)
        on("contact.created", "consent.match_person", match_person)
        on("contact.updated", "consent.match_person", match_person)
        on("contact.imported", "consent.match_imported", match_imported)
