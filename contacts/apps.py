from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "contacts"

    def ready(self) -> None:
        """The tick finds imports and exports whose wake-up or whose worker was lost."""
        from contacts.duplicates.parts import register_parts
        from contacts.services.attribute_changes import wake_changes
        from contacts.services.erasing import drop_files_of_the_erased
        from contacts.services.exports import wake_exports
        from contacts.services.finding_duplicates import wake_searches
        from contacts.services.hygiene import wake_refreshes
        from contacts.services.imports import wake_imports
        from contacts.services.look_ups import wake_look_ups
        from contacts.services.mail_domains import wake_checks
        from contacts.services.merging_many import wake_merges
        from core.queue import on_tick

        register_parts()
        on_tick("contacts.wake_searches", wake_searches)
        on_tick("contacts.wake_merges", wake_merges)
        on_tick("contacts.wake_imports", wake_imports)
        on_tick("contacts.wake_exports", wake_exports)
        on_tick("contacts.wake_refreshes", wake_refreshes)
        on_tick("contacts.wake_mail_checks", wake_checks)
        on_tick("contacts.wake_look_ups", wake_look_ups)
        on_tick("contacts.drop_files", drop_files_of_the_erased)
        on_tick("contacts.wake_attribute_changes", wake_changes)
        _say_what_is_kept()
        _offer_the_test_provider()


def _offer_the_test_provider() -> None:
    """A number check that asks nobody has no business where real people are."""
    from django.conf import settings

    from contacts.lookups.local import LocalNumberCheck
    from contacts.lookups.providers import register

    if not settings.PRODUCTION:
        register(LocalNumberCheck())


def _say_what_is_kept() -> None:
    """What a person may see of what contacts, events and accounts keep, and what goes when they are erased."""
    from contacts import rights
    from contacts.rights import own, removal

    covers = (
        "Address",
        "AddressChange",
        "AddressState",
        "AttributeOriginal",
        "ContactAlias",
        "ImportedChange",
        "LookUp",
        "Merge",
        "Restriction",
        "RightsRequest",
    )
    rights.contribute("contacts.profile", own.own_sections, covers=[f"contacts.{name}" for name in covers], place=0)
    rights.leave_out(
        "contacts.DuplicatePair", "A guess of ours that names somebody else, and decides nothing by itself."
    )
    rights.leave_out("events.EventSummary", "Counts the events, each of which is shown.")
    rights.contribute("contacts.log", own.log_sections, covers=["events.Event"], place=90)
    rights.on_erasing("contacts.traces", removal.forget_traces)
