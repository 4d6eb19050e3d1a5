from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "segments"

    def ready(self) -> None:
        """People may see which segments they are in."""
        from contacts import rights
        from segments import personal_data

        rights.contribute("segments.membership", personal_data.sections)
