from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "flows"

    def ready(self) -> None:
        """Let segments name flows; follow people who are merged, show them what they said, keep them in an undo."""
        from contacts import import_hooks, rights
        from contacts.merge_hooks import move_rows
        from flows.models import Flow, Submission
        from flows.personal_data import keep_people_who_answered, sections
        from segments.registry import register_flow_entries

        register_flow_entries(lambda workspace_id: Flow.objects.filter(workspace_id=workspace_id).entries())
        move_rows(Submission)
        import_hooks.protect("flows.keep_people_who_answered", keep_people_who_answered)
        rights.contribute("flows.submissions", sections, covers=["flows.Submission"])
