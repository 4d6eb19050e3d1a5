"""What belongs to the whole flow: results, variables and calculations, settings, the film."""

from django.utils.translation import gettext as _

from flows.building.block_panels import track_members
from flows.building.controls import Maker
from flows.building.members import Member, MemberList
from flows.building.rules import condition_panel
from flows.building.sections import Section
from flows.building.sentences import ending_title


def results_sheet(make: Maker) -> list[Section]:
    """How a result is found, and the results."""
    ways = [
        ("highest_points", _("The result with the most points")), ("score_range", _("By the score")),
        ("rules", _("By rules")), ("none", _("There is no result")),
    ]  # fmt: skip
    mode = make.document.get("outcome_mode", "none")
    first = Section(
        _("How the result is found"), [make.choice("/outcome_mode", _("Result"), ways, redraws=True)],
        help=_("Points are given by the answers: open an answer on its step to set them."),
    )  # fmt: skip
    endings = [(one["key"], ending_title(make.document, one)) for one in make.document["endings"]]
    members, conditions = [], {}
    for place in range(len(make.document.get("outcomes") or ())):
        path = f"/outcomes/{place}"
        controls = [make.text(f"{path}/title", _("Title")), make.text(f"{path}/body", _("Text"), is_long=True)]
        if mode == "score_range":
            controls += [make.number(f"{path}/min_score", _("From so many points")),
                         make.number(f"{path}/max_score", _("To so many points"))]  # fmt: skip
        if mode == "rules":
            conditions[path] = condition_panel(make, f"{path}/when")
        more = [
            make.plain(f"{path}/tags", _("Tags for the person"), about=_("Commas between them.")),
            make.choice(f"{path}/ending", _("Own ending"), endings, empty=_("The usual one")),
            make.plain(f"{path}/image", _("Address of a picture")),
            make.number(f"{path}/priority", _("Order when two are equal"), about=_("The lowest number comes first.")),
            make.plain(f"{path}/key", _("Key")),
        ]
        members.append(Member(path, controls, more))
    listed = MemberList("/outcomes", "", _("Add a result"), members)
    return [first, Section(_("Results"), members=listed, conditions=conditions, condition_label=_("Comes out"))]


def numbers_sheet(make: Maker) -> list[Section]:
    """Variables, calculations and hidden fields."""
    formula = _("Such as answers.nights * 90, round(score / asked * 100) or today().")
    remembered = _("Rules on the steps change them.")
    from_address = _("Read from the address people came by, such as ?utm_source=mail.")
    lists = [
        (_("Calculations"), MemberList("/calculations", "", _("Add a calculation"), _calculations(make), formula)),
        (_("Variables"), MemberList("/variables", "", _("Add a variable"), _variables(make), remembered)),
        (_("Hidden fields"), MemberList("/hidden_fields", "", _("Add a hidden field"), _hidden(make), from_address)),
    ]
    return [Section(title, members=members) for title, members in lists]


def _calculations(make: Maker) -> list[Member]:
    styles = [("number", _("Number")), ("money", _("Money")), ("percent", _("Percent")), ("plain", _("As it is"))]
    return [
        Member(
            path,
            [make.plain(f"{path}/key", _("Key")), make.plain(f"{path}/expr", _("Formula"), is_long=True)],
            [make.choice(f"{path}/format/style", _("Shown as"), styles, empty=_("Number")),
             make.plain(f"{path}/format/currency", _("Currency"), about=_("Three letters, such as EUR.")),
             make.number(f"{path}/format/decimals", _("Decimals")),
             make.yes(f"{path}/public", _("Changes while people choose"))],
        )
        for path in _paths(make, "calculations")
    ]  # fmt: skip


def _kinds() -> list[tuple[str, str]]:
    return [
        ("number", _("Number")), ("money", _("Money")), ("text", _("Text")), ("boolean", _("Yes or no")),
        ("date", _("Date")), ("list", _("List")),
    ]  # fmt: skip


def _variables(make: Maker) -> list[Member]:
    scopes = [("session", _("This visit")), ("contact", _("The person, for good"))]
    return [
        Member(
            path,
            [make.plain(f"{path}/key", _("Key")), make.choice(f"{path}/type", _("Kind"), _kinds()),
             make.plain(f"{path}/initial", _("Begins as"))],
            [make.choice(f"{path}/scope", _("Belongs to"), scopes, empty=_("This visit")),
             make.yes(f"{path}/sensitive", _("Private: never put into an address"))],
        )
        for path in _paths(make, "variables")
    ]  # fmt: skip


def _hidden(make: Maker) -> list[Member]:
    sources = [(one, one) for one in ("query", "utm", "referrer", "contact", "channel", "embed")]
    return [
        Member(
            path,
            [make.plain(f"{path}/key", _("Key")), make.choice(f"{path}/source", _("Comes from"), sources)],
            [make.choice(f"{path}/type", _("Kind"), _kinds(), empty=_("Text")),
             make.plain(f"{path}/default", _("When it is missing")),
             make.yes(f"{path}/trusted", _("Only from signed links"))],
        )
        for path in _paths(make, "hidden_fields")
    ]  # fmt: skip


def _paths(make: Maker, name: str) -> list[str]:
    return [f"/{name}/{place}" for place in range(len(make.document.get(name) or ()))]


def settings_sheet(make: Maker) -> list[Section]:
    """How the flow looks and behaves."""
    base = "/settings"
    modes = [("one_per_step", _("One step at a time")), ("all_on_page", _("All on one page")), ("chat", _("A chat"))]
    progress = [("bar", _("A bar")), ("steps", _("Step 2 of 5")), ("percent", _("Percent")), ("none", _("Nothing"))]
    shield = [("off", _("Off")), ("adaptive", _("When it looks suspicious")), ("altcha", _("Always"))]
    return [
        *film_sections(make),
        Section(_("Look"), [
            make.choice(f"{base}/mode", _("Steps"), modes, empty=_("One step at a time")),
            make.choice(f"{base}/progress", _("Progress"), progress, empty=_("A bar")),
            make.yes(f"{base}/back", _("People may go back"), default=True),
            make.yes(f"{base}/review_before_submit", _("People look over their answers before sending")),
            make.plain("/theme/color", _("Colour"), about=_("Such as #006178. Empty: the colour of the workspace.")),
        ]),
        Section(_("Opening hours"), [
            make.plain(f"{base}/timezone", _("Time zone"), about=_("Such as Europe/Berlin.")),
            make.moment(f"{base}/submissions/opens_at", _("Opens")),
            make.moment(f"{base}/submissions/closes_at", _("Closes")),
            make.number(f"{base}/submissions/max", _("Closes after so many answers")),
        ]),
        _coming_back(make, f"{base}/save_resume"),
        Section(_("Against robots"), [
            make.yes(f"{base}/spam/honeypot", _("A field that only robots fill in")),
            make.number(f"{base}/spam/min_seconds", _("Nobody answers in less than so many seconds")),
            make.number(f"{base}/spam/rate_per_ip_hour", _("At most so many answers an hour from one address")),
            make.choice(f"{base}/spam/pow", _("A puzzle that the browser solves"), shield, empty=_("Off")),
        ]),
        Section(_("Languages"), [
            make.plain("/default_locale", _("Main language"), about=_("Such as en, de or ar.")),
            make.plain("/locales", _("All languages"), about=_("Commas between them.")),
        ]),
        Section(_("Elsewhere"), [
            make.plain(f"{base}/embed/allowed_origins", _("Sites that may show it"),
                       about=_("Such as https://shop.example. Empty: only its own page.")),
        ]),
    ]  # fmt: skip


def _coming_back(make: Maker, base: str) -> Section:
    ways = [("cookie", _("In the same browser")), ("email_link", _("By a link in a mail"))]
    return Section(_("Coming back"), [
        make.yes(f"{base}/enabled", _("People can go on later")),
        make.several(f"{base}/via", _("How they find back"), ways, about=_("Nothing ticked: both.")),
        make.number(f"{base}/expires_days", _("For so many days")),
    ])  # fmt: skip


def film_sections(make: Maker) -> list[Section]:
    """The film of an interactive video; nothing for another flow."""
    if "video" not in make.document:
        return []
    skipping = [("forward", _("Not forwards")), ("both", _("Not at all"))]
    sources = [
        Member(
            path,
            [make.plain(f"{path}/src", _("Address of the video")), make.plain(f"{path}/type", _("Kind of file"))],
        )
        for path in [f"/video/sources/{place}" for place in range(len(make.document["video"]["sources"]))]
    ]
    about = _("The same film in several files: the browser takes the first it can play. Such as video/mp4.")
    heard = _("For people who cannot hear it.")
    tracks = MemberList("/video/tracks", "", _("Add captions"), track_members(make, "/video/tracks"), heard)
    return [
        Section(_("Film"), [
            make.picture("/video/poster", _("Picture before it plays")),
            make.choice("/video/prevent_skipping", _("Skipping parts"), skipping, empty=_("As they like")),
        ], MemberList("/video/sources", "", _("Add a file"), sources, about)),
        Section(_("Captions"), members=tracks),
    ]  # fmt: skip
