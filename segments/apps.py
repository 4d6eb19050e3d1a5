from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "segments"

    def ready(self) -> None:
        """The list can be narrowed to a segment, hygiene shows groups of its own; people see which ones they are in."""
        from contacts import import_hooks, rights
        from contacts.attribute_uses import offer_uses
        from contacts.hygiene import offer_group
        from contacts.list_filters import offer_filter
        from core.derived import register_check
        from core.queue import on_tick
        from segments import personal_data
        from segments.attribute_uses import uses
        from segments.contact_filter import ListMembersFilter, SegmentFilter
        from segments.hygiene import hygiene_groups
        from segments.import_hook import lists_on_offer, put_on_list, take_off_list
        from segments.merge_hook import register_parts
        from segments.services import check_profiles, wake_following, wake_sizes

        import_hooks.offer_lists(lists_on_offer)
        import_hooks.after_chunk("segments.put_on_list", put_on_list)
        import_hooks.on_undo("segments.take_off_list", take_off_list)
        offer_filter(SegmentFilter())
        offer_filter(ListMembersFilter())
        for group in hygiene_groups():
            offer_group(group)
        covers = [f"segments.{name}" for name in ("ListMember", "SegmentMember", "MemberChange")]
        rights.contribute("segments.membership", personal_data.sections, covers=covers, place=30)
        rights.leave_out("segments.ContactTouch", "For a moment: that something about them changed, not what.")
        rights.leave_out("segments.Profile", "Repeats what the contact itself shows.")
        rights.on_erasing("segments.membership", personal_data.forget)
        register_parts()
        register_check("segments.profiles", check_profiles)
        offer_uses("segments.rules", uses)
        on_tick("segments.wake_sizes", wake_sizes)
        on_tick("segments.follow", wake_following)
