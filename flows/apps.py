from django.apps import AppConfig

COVERED = ["flows.Submission", "flows.FlowSession", "flows.ContactVariables"]


class FlowsConfig(AppConfig):
    name = "flows"

    def ready(self) -> None:
        """Let segments name flows; follow people who are merged, show them what they said, keep them in an undo."""
        from contacts import import_hooks, rights
        from contacts.merge_hooks import move_rows
        from core.queue import on_tick
        from flows.building.segment_words import words_of_flow
        from flows.models import ContactVariables, Flow, FlowSession, Submission
        from flows.personal_data import keep_people_who_answered, sections
        from flows.services.abandoning import wake_abandoning
        from flows.services.files import wake_sweeping
        from flows.services.follow_up import wake_follow_ups
        from segments.registry import register_flow_entries, register_flow_words

        register_flow_entries(lambda workspace_id: Flow.objects.filter(workspace_id=workspace_id).entries())
        register_flow_words(words_of_flow)
        move_rows(Submission)
        move_rows(FlowSession)
        move_rows(ContactVariables, once_per=[])
        import_hooks.protect("flows.keep_people_who_answered", keep_people_who_answered)
        rights.contribute("flows.submissions", sections, covers=COVERED)
        on_tick("flows.wake_abandoning", wake_abandoning)
        on_tick("flows.wake_follow_ups", wake_follow_ups)
        on_tick("flows.wake_sweeping", wake_sweeping)
