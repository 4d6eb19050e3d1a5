"""Was it a person? Mail programs and security scanners fetch pictures and links by themselves."""

import datetime as dt
import re

HUMAN, MACHINE, UNCERTAIN = "human", "machine", "uncertain"

# Programs that fetch for a mailbox whether or not anybody looks.
SCANNERS = re.compile(
    r"bot\b|crawl|spider|scan|preview|proofpoint|mimecast|barracuda|safelinks|symantec|trendmicro|"
    r"python-|curl/|wget/|go-http|java/|okhttp|libwww|headless",
    re.IGNORECASE,
)
# Picture proxies: Gmail's and Yahoo's fetch when a person opens, but also ahead of time.
PROXIES = re.compile(r"googleimageproxy|yahoomailproxy", re.IGNORECASE)
TOO_FAST = dt.timedelta(seconds=2)
BURST = dt.timedelta(seconds=3)


def judge_open(*, user_agent: str, since_sent: dt.timedelta | None) -> str:
    """The verdict on one fetch of the open picture. Apple's privacy proxy says only "Mozilla/5.0"."""
    if not user_agent or SCANNERS.search(user_agent) or user_agent.strip() == "Mozilla/5.0":
        return MACHINE
    if since_sent is not None and since_sent < TOO_FAST:
        return MACHINE
    return UNCERTAIN if PROXIES.search(user_agent) else HUMAN


def judge_click(*, user_agent: str, since_sent: dt.timedelta | None, since_other_link: dt.timedelta | None) -> str:
    """The verdict on one visit to a link. Several links of a message within three seconds are a scanner's work."""
    if not user_agent or SCANNERS.search(user_agent):
        return MACHINE
    if since_sent is not None and since_sent < TOO_FAST:
        return MACHINE
    if since_other_link is not None and since_other_link < BURST:
        return MACHINE
    return HUMAN
