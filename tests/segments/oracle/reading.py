"""Reading a rule for one person after the other."""

from collections import defaultdict
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.segments.oracle.finding import told as found_of
from tests.segments.oracle.times import Clock, has_anniversary, instant, instant_within
from tests.segments.oracle.values import comparison_passes, exact, fold, passes, sum_passes

PRIME = 2**31 - 1
CONTACT_TYPES = {
    "first_name": "text",
    "last_name": "text",
    "language": "language",
    "country": "country",
    "zone": "zone",
    "created_at": "datetime",
    "imported_at": "datetime",
}
AT_LEAST_ONCE = {"op": "gte", "value": 1}


class Oracle:
    """One universe at one instant. `zones` are the names of time zones that are known."""

    def __init__(self, universe, now, zones):
        self.now = now
        self.zones = zones
        self.workspace_zone = ZoneInfo(universe["workspace"]["zone"])
        self.names = universe["registry"]
        self.contacts = universe["contacts"]
        self.events = self._past(universe["events"])
        self.engagements = self._past(universe["engagements"])
        self.submissions = self._past(universe["submissions"])

    def _past(self, rows):
        """Rows by contact in their order; what is dated after now does not exist yet."""
        found = defaultdict(list)
        for row in sorted(rows, key=lambda row: (instant(row["at"]), row.get("id", 0))):
            if instant(row["at"]) <= self.now:
                found[row["contact"]].append(row)
        return found

    def members(self, rule):
        """The external ids of everybody the rule holds for."""
        return sorted(one["external_id"] for one in self.contacts if self.holds(rule["where"], one))

    def holds(self, node, contact):
        """Whether a node holds for a contact."""
        if "all" in node:
            return all(self.holds(child, contact) for child in node["all"])
        if "any" in node:
            return any(self.holds(child, contact) for child in node["any"])
        if "not" in node:
            return not self.holds(node["not"], contact)
        return getattr(self, f"_{node['kind']}")(node, contact)

    def tree(self, node, contact, path="/where", decisive=True):
        """Why: each node with its result, and whether it settles what lies above it."""
        told = {"path": path, "result": self.holds(node, contact), "decisive": decisive}
        if "kind" in node:
            told["found"] = found_of(self, node, contact)
        children = self._children(node, path)
        if not children:
            return told
        results = [self.holds(child, contact) for _path, child in children]
        settling = results
        if "all" in node or "any" in node:
            wanted = "any" in node
            settling = [result is wanted for result in results] if wanted in results else [True] * len(results)
        else:
            settling = [True]
        told["children"] = [
            self.tree(child, contact, place, decisive and settles)
            for (place, child), settles in zip(children, settling, strict=True)
        ]
        return told

    def _children(self, node, path):
        for group in ("all", "any"):
            if group in node:
                return [(f"{path}/{group}/{number}", child) for number, child in enumerate(node[group])]
        if "not" in node:
            return [(f"{path}/not", node["not"])]
        if node["kind"] == "segment":
            return [(f"segment:{node['key']}/where", self.names["segments"][node["key"]]["where"])]
        return []

    def _clock(self, contact):
        known = contact["zone"] in self.zones
        return Clock(self.now, self.workspace_zone, ZoneInfo(contact["zone"]) if known else None)

    def in_window(self, moment, window, contact):
        """Whether an instant lies in a window, if there is one, by the clocks of the workspace and the contact."""
        if window is None:
            return True
        return moment is not None and instant_within(instant(moment), window, self._clock(contact))

    def _pass_all(self, conditions, types, values, contact):
        clock = self._clock(contact)
        return all(passes(types[one["key"]]["type"], values.get(one["key"]), one, clock) for one in conditions)

    def _everyone(self, _leaf, _contact):
        return True

    def _attribute(self, leaf, contact):
        return self._pass_all([leaf], self.names["attributes"], contact["attributes"], contact)

    def _contact(self, leaf, contact):
        value = contact[leaf["field"]] or None
        if leaf["field"] == "zone" and value not in self.zones:
            value = None
        return passes(CONTACT_TYPES[leaf["field"]], value, leaf, self._clock(contact))

    def _tags(self, leaf, contact):
        folded = {fold(one) for one in contact.get("tags", ())}
        wanted = {fold(one) for one in leaf.get("value", ())}
        answers = {"has_any": bool(folded & wanted), "has_all": wanted <= folded, "is_set": bool(folded)}
        answers |= {"has_none": not answers["has_any"], "is_empty": not folded}
        return answers[leaf["op"]]

    def _address(self, leaf, contact):
        return any(self._address_passes(leaf, one) for one in contact["addresses"] if one["channel"] == leaf["channel"])

    def _address_passes(self, leaf, address):
        if "status" in leaf and address["status"] not in leaf["status"]:
            return False
        if "flag" in leaf and not set(leaf["flag"]) & set(address["flags"]):
            return False
        if "primary" in leaf and address["primary"] is not leaf["primary"]:
            return False
        if "domain" in leaf and address["value"].rpartition("@")[2].lower() not in map(_in_ascii, leaf["domain"]):
            return False
        return "prefix" not in leaf or any(address["value"].startswith(prefix) for prefix in leaf["prefix"])

    def _consent(self, leaf, contact):
        asked = (leaf["channel"], leaf.get("topic"), leaf["purpose"])
        rows = [one for one in contact["consents"] if (one["channel"], one["topic"], one["purpose"]) == asked]
        if not rows:
            return "none" in leaf["state"] and not any(member in leaf for member in ("basis", "changed", "expires"))
        [row] = rows
        ran_out = row["state"] == "granted" and row["expires_at"] and instant(row["expires_at"]) <= self.now
        if ("expired" if ran_out else row["state"]) not in leaf["state"]:
            return False
        if "basis" in leaf and row["basis"] not in leaf["basis"]:
            return False
        return self.in_window(row["changed_at"], leaf.get("changed"), contact) and self.in_window(
            row["expires_at"], leaf.get("expires"), contact
        )

    def matching(self, step, contact):
        """The events a leaf or a step is about, in their order."""
        types = self.names["events"][step["event"]]
        return [
            event
            for event in self.events[contact["external_id"]]
            if event["event"] == step["event"]
            and self._pass_all(step.get("where", []), types, event["properties"], contact)
        ]

    def _event(self, leaf, contact):
        events = self.matching(leaf, contact)
        if leaf.get("pick", "any") != "any":
            chosen = events[:1] if leaf["pick"] == "first" else events[-1:]
            types = self.names["events"][leaf["event"]]
            return any(
                self.in_window(one["at"], leaf.get("window"), contact)
                and self._pass_all(leaf.get("having", []), types, one["properties"], contact)
                for one in chosen
            )
        inside = [one for one in events if self.in_window(one["at"], leaf.get("window"), contact)]
        if "sum" in leaf:
            return sum_passes(leaf["sum"], sum(_summands(leaf["sum"], inside)))
        return comparison_passes(leaf.get("times", AT_LEAST_ONCE), len(inside))

    def _sequence(self, leaf, contact):
        steps = leaf["steps"]
        matching = [self.matching(step, contact) for step in steps]
        for number, step in enumerate(steps):
            if not step.get("absent"):
                matching[number] = [
                    one for one in matching[number] if self.in_window(one["at"], leaf.get("window"), contact)
                ]
        present = matching[:-1] if steps[-1].get("absent") else matching
        for chain in _chains(present):
            end = None
            if "within" in leaf:
                end = instant(chain[0]["at"]) + timedelta(**{leaf["within"]["unit"]: leaf["within"]["n"]})
            if end is not None and instant(chain[-1]["at"]) > end:
                continue
            if not steps[-1].get("absent"):
                return True
            later = [one for one in matching[-1] if _order(one) > _order(chain[-1])]
            if not any(end is None or instant(one["at"]) <= end for one in later):
                return True
        return False

    def _engagement(self, leaf, contact):
        facts = self.facts(leaf, contact)
        messages = {one["message"] for one in facts if self.in_window(one["at"], leaf.get("window"), contact)}
        return comparison_passes(leaf.get("times", AT_LEAST_ONCE), len(messages))

    def facts(self, leaf, contact):
        """What happened to messages, of the kind a leaf asks about."""
        is_anybody = leaf["action"] not in ("opened", "clicked") or leaf.get("verdict", "human") == "any"
        return [
            fact
            for fact in self.engagements[contact["external_id"]]
            if fact["action"] == leaf["action"]
            and (is_anybody or fact["verdict"] == "human")
            and all(fact[member] == leaf[member] for member in ("campaign", "channel") if member in leaf)
        ]

    def _segment(self, leaf, contact):
        return self.holds(self.names["segments"][leaf["key"]]["where"], contact)

    def _list(self, leaf, contact):
        rows = [one for one in contact["lists"] if one["list"] == leaf["key"]]
        return any(self.in_window(one["added_at"], leaf.get("added"), contact) for one in rows)

    def _flow(self, leaf, contact):
        wanted = leaf.get("status", ["completed"])
        rows = [
            one
            for one in self.submissions[contact["external_id"]]
            if one["flow"] == leaf["flow"] and one["status"] in wanted
        ]
        if leaf.get("pick", "any") == "last":
            rows = rows[-1:]
        types = self.names["flows"][leaf["flow"]]["answers"]
        return any(
            ("outcome" not in leaf or one["outcome"] in leaf["outcome"])
            and (
                "score" not in leaf
                or (one["score"] is not None and comparison_passes(leaf["score"], exact(one["score"])))
            )
            and self._pass_all(leaf.get("where", []), types, one["answers"], contact)
            and self.in_window(one["at"], leaf.get("window"), contact)
            for one in rows
        )

    def _anniversary(self, leaf, contact):
        clock = self._clock(contact)
        zone = clock.zone(leaf.get("zone", "workspace"))
        value = contact[leaf["field"]] if "field" in leaf else contact["attributes"].get(leaf["key"])
        if not value:
            return False
        day = instant(value).astimezone(zone).date() if "T" in value else date.fromisoformat(value)
        return has_anniversary(
            day, leaf, clock, lambda years: "years" not in leaf or comparison_passes(leaf["years"], years)
        )

    def _bucket(self, leaf, contact):
        return leaf["from"] <= self.bucket(leaf["salt"], contact) <= leaf["to"]

    def bucket(self, salt, contact):
        """The number of a person for a salt."""
        seed = int.from_bytes(sha256(UUID(contact["id"]).bytes).digest()[:4]) % PRIME
        salted = sha256(salt.encode()).digest()
        factor = 1 + int.from_bytes(salted[:4]) % (PRIME - 1)
        return (factor * seed + int.from_bytes(salted[4:8]) % PRIME) % PRIME % 10_000


def _order(event):
    return instant(event["at"]), event["id"]


def _chains(choices):
    """Every way to take one event of each step, each later than the one before."""
    chains = [[]]
    for events in choices:
        chains = [[*chain, one] for chain in chains for one in events]
        chains = [chain for chain in chains if all(_order(a) < _order(b) for a, b in pairwise(chain))]
    return chains


def _summands(total, events):
    wanted = total["value"]
    first = wanted[0] if isinstance(wanted, list) else wanted
    for event in events:
        value = event["properties"].get(total["key"])
        if isinstance(first, dict):
            if value is not None and value["currency"] == first["currency"]:
                yield exact(value["amount"])
        elif value is not None:
            yield exact(value)


def _in_ascii(domain):
    """A domain as it travels in the DNS."""
    folded = fold(domain)
    try:
        return folded.encode("idna").decode()
    except UnicodeError:
        return folded
