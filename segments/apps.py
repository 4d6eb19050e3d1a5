from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "segments"

    def ready(self) -> None:
        """Hygiene shows groups of its own; people see which segments they are in."""
        from contacts import rights
        from contacts.hygiene import offer_group
        from segments import personal_data
        from segments.hygiene import hygiene_groups

        for group in hygiene_groups():
            offer_group(group)
        offer_filter(SegmentFilter())
        rights.contribute("segments.membership", personal_data.sections)
