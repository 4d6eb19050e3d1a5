"""Frozen copies of sign-up pages: what exactly somebody had before them."""

import hashlib
import json

from django.db import transaction

from consent.models import PageVersion, SignupPage


@transaction.atomic
def remember_page(page: SignupPage) -> PageVersion:
    """The version of a page as it stands now: the last one while nothing has changed, else a new one.

    Title, introduction, words, topics and which boxes there are make a version; whether the page is open and what
    teammates call it do not.
    """
    body = json.dumps(_content(page), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(body.encode()).digest()
    last = _last(page)
    if last and bytes(last.sha256) == digest:
        return last
    # Two visitors at once after a change: the second waits here and then finds what the first has written.
    SignupPage.objects.select_for_update(no_key=True, of=("self",)).get(pk=page.pk)
    last = _last(page)
    if last and bytes(last.sha256) == digest:
        return last
    return PageVersion.objects.create(
        workspace_id=page.workspace_id,
        page=page.public_id,
        number=last.number + 1 if last else 1,
        sha256=digest,
        body=body,
    )


def _last(page: SignupPage) -> PageVersion | None:
    versions = PageVersion.objects.filter(workspace_id=page.workspace_id, page=page.public_id)
    return versions.order_by("-number").first()


def _content(page: SignupPage) -> dict[str, object]:
    topics = [
        {"key": topic.key, "name": topic.name, "description": topic.description} for topic in page.topics.by_name()
    ]
    words = {name: getattr(page, name) for name in ("title", "intro", "consent_text", "ask_name")}
    # Said only where it is asked: pages from before the question keep the version they have.
    asked = {"ask_frequency": True} if page.ask_frequency else {}
    return {**words, **asked, "topics": topics, "double_opt_in": True}
