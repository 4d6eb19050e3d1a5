"""Ten rules of the kinds people make, and beside each the best statement one could write by hand for our tables."""

# What a window of days means is worked out here as the language does it: by days of the workspace.
DAY = "(date_trunc('day', now() AT TIME ZONE 'Pacific/Auckland') - interval '{} days') AT TIME ZONE 'Pacific/Auckland'"
GRANTED = """s.workspace_id = %(workspace)s AND s.channel = 'email' AND s.purpose = 'marketing'
    AND s.topic_id = %(topic)s AND s.state = 'granted' AND (s.expires_at IS NULL OR s.expires_at > now())"""
VALID = "a.workspace_id = %(workspace)s AND a.channel = 'email' AND a.status = 'valid'"
BIRTHDAYS = ", ".join(f"to_char((now() AT TIME ZONE 'Pacific/Auckland')::date + {day}, 'MM-DD')" for day in range(31))

RULES = {
    "plan": (
        'attribute plan is "pro"',
        "SELECT count(*) FROM segments_profile WHERE workspace_id = %(workspace)s AND attributes ->> 'plan' = 'pro'",
    ),
    "country_age": (
        'contact country is "DE" and attribute age between 25 and 40',
        """SELECT count(*) FROM segments_profile WHERE workspace_id = %(workspace)s AND country = 'DE'
            AND (attributes ->> 'age')::numeric BETWEEN 25 AND 40""",
    ),
    "city_interests": (
        'attribute city starts with "berlin" or attribute interests has any ("art")',
        """SELECT count(*) FROM segments_profile WHERE workspace_id = %(workspace)s
            AND (folded ->> 'city' LIKE 'berlin%%' OR attributes -> 'interests' ? 'art')""",
    ),
    "granted_valid": (
        "consent email/news/marketing is granted and address email status valid",
        f"""SELECT count(*) FROM consent_consentstate s WHERE {GRANTED}
            AND s.contact_id IN (SELECT a.contact_id FROM contacts_address a WHERE {VALID})""",
    ),
    "login": (
        "event login in the last 30 days",
        f"""SELECT count(*) FROM events_eventsummary WHERE workspace_id = %(workspace)s AND kind = 'login'
            AND last_at >= {DAY.format(30)} AND last_at <= now()""",
    ),
    "orders": (
        "event order.placed at least 3 times where (total >= 50 EUR) in the last 180 days",
        f"""SELECT count(*) FROM (SELECT contact_id FROM events_event WHERE workspace_id = %(workspace)s
            AND kind = 'order.placed' AND at >= {DAY.format(180)} AND at <= now() AND currency = 'EUR'
            AND amount >= 500000 GROUP BY 1 HAVING count(*) >= 3) x""",
    ),
    "sent_unopened": (
        "engagement sent at least 2 times in the last 60 days and engagement opened never in the last 60 days",
        f"""SELECT count(*) FROM (SELECT contact_id FROM delivery_message WHERE workspace_id = %(workspace)s
            AND status = 'sent' AND settled_at >= {DAY.format(60)} AND settled_at <= now()
            GROUP BY 1 HAVING count(*) >= 2) x
            WHERE NOT EXISTS (SELECT FROM delivery_messagefact f WHERE f.contact_id = x.contact_id
                AND f.workspace_id = %(workspace)s AND f.action = 'opened' AND f.verdict = 'human'
                AND f.last_at >= {DAY.format(60)} AND f.last_at <= now())""",
    ),
    "cart_left": (
        "sequence (event cart.added then no event order.placed) within 24 hours in the last 30 days",
        f"""SELECT count(DISTINCT e.contact_id) FROM events_event e WHERE e.workspace_id = %(workspace)s
            AND e.kind = 'cart.added' AND e.at >= {DAY.format(30)} AND e.at <= now()
            AND NOT EXISTS (SELECT FROM events_event o WHERE o.contact_id = e.contact_id
                AND o.workspace_id = %(workspace)s AND o.kind = 'order.placed' AND (o.at, o.id) > (e.at, e.id)
                AND o.at <= e.at + interval '24 hours' AND o.at <= now() AND o.at >= {DAY.format(30)})""",
    ),
    "lapsed": (
        "event order.placed last more than 90 days ago and consent email/news/marketing is granted"
        " and anniversary of birthday from 0 to 30",
        f"""SELECT count(*) FROM segments_profile c WHERE c.workspace_id = %(workspace)s
            AND substr(c.attributes ->> 'birthday', 6, 5) IN ({BIRTHDAYS})
            AND c.id IN (SELECT s.contact_id FROM consent_consentstate s WHERE {GRANTED})
            AND c.id IN (SELECT e.contact_id FROM events_eventsummary e WHERE e.workspace_id = %(workspace)s
                AND e.kind = 'order.placed' AND e.last_at < {DAY.format(90)})""",
    ),
    "everything": (
        '(attribute plan in ("pro", "team") or event order.placed sum total >= 150 EUR in the last 90 days'
        " or engagement clicked in the last 90 days) and consent email/news/marketing is granted"
        ' and address email status valid and not (list customers or contact country is "RU")'
        ' and bucket "spring" from 0 to 8999',
        f"""SELECT count(*) FROM segments_profile c WHERE c.workspace_id = %(workspace)s AND c.country <> 'RU'
            AND (c.bucket_seed::bigint * 1646938446 + 1051248570) %% 2147483647 %% 10000 <= 8999
            AND c.id IN (SELECT s.contact_id FROM consent_consentstate s WHERE {GRANTED})
            AND c.id IN (SELECT a.contact_id FROM contacts_address a WHERE {VALID})
            AND NOT EXISTS (SELECT FROM segments_listmember m WHERE m.contact_id = c.id AND m.list_id = %(list)s)
            AND (c.attributes ->> 'plan' IN ('pro', 'team')
                OR c.id IN (SELECT contact_id FROM events_event WHERE workspace_id = %(workspace)s
                    AND kind = 'order.placed' AND at >= {DAY.format(90)} AND at <= now() AND currency = 'EUR'
                    GROUP BY 1 HAVING sum(amount) >= 1500000)
                OR c.id IN (SELECT contact_id FROM delivery_messagefact WHERE workspace_id = %(workspace)s
                    AND action = 'clicked' AND verdict = 'human' AND last_at >= {DAY.format(90)}
                    AND last_at <= now()))""",
    ),
}
