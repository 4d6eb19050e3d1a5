from django.apps import AppConfig


class ContestsConfig(AppConfig):
    name = "contests"

    def ready(self) -> None:
        """Take part in publishing flows and in what sessions give; follow the clock; answer for people's data."""
        from contacts import import_hooks, rights
        from contacts.merge_hooks import move_rows
        from contests import personal_data
        from contests.models import Code, Entry
        from contests.panels import code_lines, entry_lines, friend_lines
        from contests.services import codes, enter_contest, note_award, note_refusal, open_contest, wake_contests
        from contests.services.keeping_out import uses
        from core.queue import on_tick
        from flows.effects import on_effect
        from flows.panels import on_panel
        from flows.publish_hooks import on_publish
        from segments.uses import offer_uses

        on_panel("entry_status", entry_lines)
        on_panel("coupon", code_lines)
        on_panel("share", friend_lines)
        import_hooks.protect("contests.keep_people_who_entered", personal_data.keep_people_who_entered)
        on_publish("contests.open_contest", open_contest)
        on_effect("enter_contest", enter_contest)
        on_effect("entry_refused", note_refusal)
        on_effect("award_entries", note_award)
        on_effect("issue_code", codes.issue_code)
        on_tick("contests.follow", wake_contests)
        offer_uses("contests.kept_out", uses)
        move_rows(Entry)
        move_rows(Code)
        rights.contribute(
            "contests.entries", personal_data.sections, covers=["contests.Entry", "contests.Code"], place=60
        )
        rights.on_erasing("contests.entries", personal_data.forget)
