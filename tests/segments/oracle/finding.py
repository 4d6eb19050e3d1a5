"""What each kind of leaf looked at, as the tree of reasons tells it."""

from tests.segments.oracle.times import instant


def told(oracle, leaf, contact):
    """The `found` of a leaf for one person."""
    teller = _TELLERS.get(leaf["kind"])
    return teller(oracle, leaf, contact) if teller else {}


def _last(rows):
    return max((_stamp(row["at"]) for row in rows), default=None)


def _stamp(text):
    return None if text is None else f"{instant(text):%Y-%m-%dT%H:%M:%SZ}"


def _attribute(oracle, leaf, contact):
    return {"value": contact["attributes"].get(leaf["key"])}


def _field(oracle, leaf, contact):
    value = contact[leaf["field"]] or None
    if leaf["field"] == "zone" and value not in oracle.zones:
        value = None
    return {"value": _stamp(value) if leaf["field"].endswith("_at") else value}


def _tags(_oracle, _leaf, contact):
    return {"value": contact.get("tags") or None}


def _anniversary(oracle, leaf, contact):
    return (_field if "field" in leaf else _attribute)(oracle, leaf, contact)


def _address(oracle, leaf, contact):
    return {"addresses": sum(one["channel"] == leaf["channel"] for one in contact["addresses"])}


def _consent(oracle, leaf, contact):
    asked = (leaf["channel"], leaf.get("topic"), leaf["purpose"])
    for row in contact["consents"]:
        if (row["channel"], row["topic"], row["purpose"]) == asked:
            ran_out = row["state"] == "granted" and row["expires_at"] and instant(row["expires_at"]) <= oracle.now
            return {"state": "expired" if ran_out else row["state"], "changed_at": _stamp(row["changed_at"])}
    return {"state": "none", "changed_at": None}


def _event(oracle, leaf, contact):
    events = oracle.matching(leaf, contact)
    inside = [one for one in events if oracle.in_window(one["at"], leaf.get("window"), contact)]
    return {"matched": len(events), "in_window": len(inside), "last_at": _last(events)}


def _engagement(oracle, leaf, contact):
    facts = oracle.facts(leaf, contact)
    return {"all_time": len({fact["message"] for fact in facts}), "last_at": _last(facts)}


def _list(oracle, leaf, contact):
    rows = [_stamp(one["added_at"]) for one in contact["lists"] if one["list"] == leaf["key"]]
    return {"added_at": rows[0] if rows else None}


def _flow(oracle, leaf, contact):
    rows = oracle.submissions[contact["external_id"]]
    return {"submissions": sum(one["flow"] == leaf["flow"] for one in rows)}


def _bucket(oracle, leaf, contact):
    return {"bucket": oracle.bucket(leaf["salt"], contact)}


_TELLERS = {
    "attribute": _attribute,
    "contact": _field,
    "anniversary": _anniversary,
    "address": _address,
    "consent": _consent,
    "event": _event,
    "engagement": _engagement,
    "list": _list,
    "flow": _flow,
    "bucket": _bucket,
    "tags": _tags,
}
