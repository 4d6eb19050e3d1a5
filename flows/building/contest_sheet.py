"""The contest on the builder's page: dates, prizes, who may enter, ways to tickets, how winners are found."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contacts.places import country_choices
from flows.building.controls import Control, Maker, Option, widened
from flows.building.members import Member, MemberList
from flows.building.pointers import found
from flows.building.rules import condition_panel
from flows.building.sections import Section
from flows.checking.places import input_blocks

BASE = "/contest"
VOTED = frozenset({"votes", "judged"})
# Ways whose tickets are given where a condition on the answers holds.
CONDITIONED = frozenset({"secret_code", "visit_url", "watch_video"})


def contest_sheet(make: Maker) -> list[Section]:
    """All of the contest; of a flow without one, nothing."""
    contest = found(make.document, BASE)
    if contest is None:
        return []
    is_voted = contest["selection"] == "votes"
    votes = _limits(make, "vote_limits", _("How often somebody may vote"), _("Add a limit"))
    return [
        _dates(make, contest),
        Section(_("Prizes"), members=MemberList(f"{BASE}/prizes", "", _("Add a prize"), _prizes(make))),
        _winners(make, contest),
        _ways(make, contest),
        _who(make),
        _limits(make, "entry_limits", _("How often somebody may enter"), _("Add a limit")),
        *([votes] if is_voted else []),
        _leaderboard(make, contest),
        *([_pictures(make)] if _asks_for_files(make.document) else []),
        _cheating(make),
        Section(_("Rules"), [
            make.plain(f"{BASE}/rules/sponsor", _("Who runs the contest")),
            make.yes(f"{BASE}/rules/no_purchase", _("Nobody has to buy anything")),
            make.text(f"{BASE}/rules/text", _("Your own rules"), is_long=True),
        ]),
    ]  # fmt: skip


def _asks_for_files(document: Any) -> bool:
    return any(place.value["type"] == "file_upload" for place in input_blocks(document))


def _usually(make: Maker, path: str, label: str, options: list[Option]) -> Control:
    """A choice whose first option is also what nothing at all means."""
    if found(make.document, path) is None:
        return make.choice(path, label, options[1:], empty=options[0][1])
    return make.choice(path, label, options)


def _dates(make: Maker, contest: Mapping[str, Any]) -> Section:
    controls = [
        make.moment(f"{BASE}/opens_at", _("Opens")), make.moment(f"{BASE}/closes_at", _("Closes")),
        make.plain(f"{BASE}/timezone", _("Time zone"), about=_("Such as Europe/Berlin.")),
    ]  # fmt: skip
    if contest["selection"] in VOTED:
        controls += [
            make.moment(f"{BASE}/voting_opens_at", _("Voting opens"), about=_("Empty: with the contest.")),
            make.moment(f"{BASE}/voting_closes_at", _("Voting closes"), about=_("Empty: with the contest.")),
        ]
    return Section(_("Dates"), controls)


def _prizes(make: Maker) -> list[Member]:
    return [
        Member(
            path,
            [make.text(f"{path}/name", _("Prize")), make.number(f"{path}/quantity", _("How many"))],
            [make.number(f"{path}/value", _("Worth")), make.plain(f"{path}/currency", _("Currency")),
             make.plain(f"{path}/code_pool", _("Codes"), about=_("The pool whose codes are the prize.")),
             make.plain(f"{path}/key", _("Key"))],
        )
        for path in _paths(make, f"{BASE}/prizes")
    ]  # fmt: skip


def _paths(make: Maker, path: str) -> list[str]:
    return [f"{path}/{place}" for place in range(len(found(make.document, path, [])))]


def _winners(make: Maker, contest: Mapping[str, Any]) -> Section:
    winning = [
        ("random_draw", _("By a draw")), ("votes", _("By votes")), ("judged", _("By a jury")),
        ("first_n", _("The first ones win")), ("highest_score", _("The highest score wins")),
        ("instant_win", _("At once, by sealed moments")),
    ]  # fmt: skip
    controls = [make.choice(f"{BASE}/selection", _("Who wins"), winning, redraws=True)]
    if contest["selection"] == "instant_win":
        most = f"{BASE}/instant_win/max_wins_per_entrant"
        controls.append(make.number(most, _("Most prizes for one person")))
    if contest.get("draw") is not None:
        beacons = [
            ("drand", _("Random numbers the whole world can check (drand)")),
            ("public_value", _("A public number, such as a lottery result")),
            ("server_seed_only", _("Only our own chance")),
        ]  # fmt: skip
        same = [
            ("email", _("the same e-mail address")), ("phone", _("the same phone number")),
            ("contact", _("the same person")), ("household", _("the same postal address")),
        ]  # fmt: skip
        controls.append(make.choice(f"{BASE}/draw/beacon/type", _("Where chance comes from"), beacons, redraws=True))
        if contest["draw"]["beacon"]["type"] == "public_value":
            about = _("Such as the lottery numbers of 4 July, and where they are published.")
            controls.append(make.plain(f"{BASE}/draw/beacon/ref", _("Which number exactly"), about=about))
        controls += [
            make.moment(f"{BASE}/draw/beacon/at", _("The draw is at")),
            make.number(f"{BASE}/draw/alternates", _("How many alternates")),
            make.number(f"{BASE}/draw/claim_days", _("Days to claim a prize")),
            make.choice(f"{BASE}/draw/unique_by", _("One prize for all entries with"), same),
        ]
    return Section(_("Winners"), controls)


def _ways(make: Maker, contest: Mapping[str, Any]) -> Section:
    """The ways to tickets: where chances differ, this is why."""
    members, conditions = [], {}
    for place, method in enumerate(contest.get("entry_methods") or ()):
        path = f"{BASE}/entry_methods/{place}"
        members.append(_way(make, path, method))
        if method["type"] in CONDITIONED or "condition" in method:
            conditions[path] = condition_panel(make, f"{path}/condition")
    about = _("More tickets are better chances in the draw, or a higher place on the leaderboard.")
    listed = MemberList(f"{BASE}/entry_methods", "", _("Add a way"), members, about)
    return Section(_("Ways to tickets"), members=listed, conditions=conditions, condition_label=_("Counts"))


def way_names() -> dict[str, str]:
    """The ways to tickets that the builder offers, in words."""
    return {
        "form": _("Entering"), "referral": _("Bringing a friend"), "daily_return": _("Coming back"),
        "quiz_score": _("Each point of the score"), "upload": _("Sending a picture"),
        "secret_code": _("Knowing a secret code"), "newsletter_optin": _("Asking for news"),
        "visit_url": _("Visiting a page"), "watch_video": _("Watching a video"),
        "custom": _("What rules on the steps give"),
    }  # fmt: skip


def _way(make: Maker, path: str, method: Mapping[str, Any]) -> Member:
    kind = method["type"]
    names, about = list(way_names().items()), _hint(make.document, kind)
    controls = [
        widened(make.choice(f"{path}/type", _("For what"), names, about=about, redraws=True)),
        make.number(f"{path}/tickets", _("Tickets")),
        make.number(f"{path}/max_tickets", _("Most tickets in all")),
    ]
    more: list[Control] = []
    if kind == "daily_return":
        per = [("day", _("Once a day")), ("hour", _("Once an hour")), ("week", _("Once a week"))]
        controls.append(_usually(make, f"{path}/per", _("How often"), per))
    if kind == "referral":
        more += [
            make.yes(
                f"{BASE}/referral/count_only_verified", _("A friend counts once they have confirmed"), default=True
            ),
            make.yes(f"{BASE}/referral/block_self", _("Nobody can bring themselves"), default=True),
        ]
    return Member(path, controls, [*more, make.plain(f"{path}/key", _("Key"))])


def _hint(document: Any, kind: str) -> str:
    """What is still missing for a way to tickets, or how it works."""
    kinds = {place.value["type"] for place in input_blocks(document)}
    if kind == "upload" and "file_upload" not in kinds:
        return _("Put a question for files on a step first.")
    if kind == "newsletter_optin" and "consent" not in kinds:
        return _("Put a consent for messages on a step first.")
    return {
        "referral": _("Everybody gets a link to hand on. It counts when the friend has confirmed."),
        "secret_code": _("Ask for the code on a step, and say below which answer counts."),
        "visit_url": _("Say below which answer counts."),
        "watch_video": _("Say below which answer counts."),
        "daily_return": _("On the page of their entry."),
    }.get(kind, "")


def _who(make: Maker) -> Section:
    path = f"{BASE}/eligibility"
    checks = [
        ("email_link", _("By a link in a mail")), ("email_code", _("By a code in a mail")), ("none", _("Not at all")),
    ]  # fmt: skip
    modes = [("include", _("Only these countries")), ("exclude", _("All but these countries"))]
    named = dict(country_choices())
    codes = [str(one) for one in found(make.document, f"{path}/countries/codes", [])]
    about = ", ".join(str(named.get(one, one)) for one in codes) or _("Codes of two letters, such as DE, FR.")
    controls = [
        make.number(f"{path}/min_age", _("From the age of")),
        make.choice(f"{BASE}/verification", _("How an address is checked"), checks),
        _usually(make, f"{path}/countries/mode", _("Countries"), modes),
        make.plain(f"{path}/countries/codes", _("Which countries"), about=about),
    ]
    if make.offers.segments or found(make.document, f"{path}/exclude_segments"):
        asked = _("Such as your own staff. Asked when the address is confirmed; their entries are turned down.")
        controls.append(make.several(f"{path}/exclude_segments", _("Kept out"), make.offers.segments, about=asked))
    return Section(_("Who may enter"), controls)


def _limits(make: Maker, name: str, title: str, add: str) -> Section:
    kinds = [
        ("email", _("each e-mail address")), ("phone", _("each phone number")), ("contact", _("each person")),
        ("device", _("each device")), ("ip", _("each connection")), ("ip_range", _("each network")),
    ]  # fmt: skip
    if name == "vote_limits":
        present = {one["by"] for one in found(make.document, f"{BASE}/{name}", [])}
        kinds = [one for one in kinds if one[0] in {"device", "ip", "ip_range", *present}]
        kinds.append(("entry", _("each entry")))
    times = [
        ("campaign", _("in all")), ("hour", _("an hour")), ("day", _("a day")), ("week", _("a week")),
    ]  # fmt: skip
    members = [
        Member(path, [
            widened(make.choice(f"{path}/by", pgettext("a limit", "For"), kinds)),
            make.number(f"{path}/max", _("At most")),
            make.choice(f"{path}/per", _("In what time"), times),
        ])
        for path in _paths(make, f"{BASE}/{name}")
    ]  # fmt: skip
    about = _("All of them hold together. People in one house share a connection, so leave room there.")
    return Section(title, members=MemberList(f"{BASE}/{name}", "", add, members, about))


def _leaderboard(make: Maker, contest: Mapping[str, Any]) -> Section:
    path = f"{BASE}/leaderboard"
    controls = [make.yes(f"{path}/enabled", _("Show who is ahead"), redraws=True)]
    if (contest.get("leaderboard") or {}).get("enabled"):
        metrics = [
            ("tickets", _("Tickets")), ("referrals", _("Friends brought along")), ("votes", _("Votes")),
            ("score", _("Score")),
        ]  # fmt: skip
        names = [("masked", _("A…")), ("first_initial", _("Ann K.")), ("full", _("Ann Keller"))]
        controls += [
            _usually(make, f"{path}/metric", _("What counts"), metrics),
            make.number(f"{path}/top", _("How many places"), about=_("10 unless you say otherwise.")),
            _usually(make, f"{path}/name_format", _("How names are shown"), names),
        ]
    return Section(_("Leaderboard"), controls)


def _pictures(make: Maker) -> Section:
    ways = [("pre", _("Once somebody has looked at them")), ("post", _("At once, and looked at later")),
            ("none", _("At once"))]  # fmt: skip
    control = _usually(make, f"{BASE}/moderation", _("When others see them"), ways)
    return Section(_("Pictures people send"), [control])


def _cheating(make: Maker) -> Section:
    path = f"{BASE}/fraud"
    then = [("flag", _("Mark the entry")), ("hold", _("Wait until a person has looked")), ("reject", _("Turn it down"))]
    points = _("A throw-away address gives 70 points, a crowded connection 50, a crowded device 40.")
    return Section(_("Signs of cheating"), [
        make.yes(f"{path}/disposable_email", _("Look for throw-away addresses"),
                 default=found(make.document, path) is not None),
        make.number(f"{path}/velocity_per_ip", _("Most entries an hour from one connection")),
        make.number(f"{path}/hold_over", _("From how many points"), about=points),
        _usually(make, f"{path}/action", _("What to do then"), then),
    ])  # fmt: skip
