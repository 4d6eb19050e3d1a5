"""The pages of contacts, details and imports, as people use them."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contacts.models import Attribute, Contact, Import, ImportReject
from contacts.services import ContactValues, create_contact
from contacts.services.attributes import AttributeValues, save_attribute
from contacts.services.running import run_import
from core.clock import now
from events.services import NewEvent, append_events
from tests.cast import client_of


@pytest.fixture
def desk(owner):
    return client_of(owner)


@pytest.fixture(autouse=True)
def _own_media(tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ada(workspace) -> Contact:
    return create_contact(
        workspace=workspace,
        values=ContactValues(
            email="ada@example.org", first_name="Ada", last_name="Lovelace", tags=["vip"], language="en"
        ),
    )


def url(name: str, *args) -> str:
    return reverse(f"contacts:{name}", args=["kea-cabins", *args])


def text_of(response) -> str:
    content = response.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", content))


def test_empty_list_says_what_it_is_for(desk):
    page = desk.get(url("list"))
    assert "Nobody here yet" in text_of(page)
    assert url("import") in page.content.decode()


def test_list_finds_by_beginning_of_words_and_filters(desk, workspace, ada):
    create_contact(workspace=workspace, values=ContactValues(email="bob@elsewhere.example", first_name="Bob"))
    for query, people in {
        "": {"Ada", "Bob"}, "?q=lov": {"Ada"}, "?q=ada+lovelace": {"Ada"}, "?q=ADA@example.org": {"Ada"},
        "?q=elsewhere": {"Bob"}, "?tag=VIP": {"Ada"}, "?language=en&q=b": set(), "?q=%00%27%3A%2A%21": set(),
        "?q=nobody": set(), "?sort=name": {"Ada", "Bob"}, "?sort=bad&after=xx": {"Ada", "Bob"},
    }.items():  # fmt: skip
        shown = text_of(desk.get(url("list") + query))
        assert {name for name in ("Ada", "Bob") if f"{name} " in shown.replace("Tick", "")} == people, query


def test_typing_in_the_search_keeps_the_filters_in_step(desk, ada):
    part = desk.get(url("list") + "?q=ada", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.count("<hx-partial") == 2
    assert "?q=ada&amp;language=en" in part
    assert "<hx-partial" not in desk.get(url("list") + "?q=ada").content.decode()


def test_list_query_count_is_the_same_for_1_and_60(desk, workspace, ada, django_assert_max_num_queries):
    desk.get(url("list"))
    with django_assert_max_num_queries(14) as one:
        desk.get(url("list"))
    for number in range(60):
        create_contact(workspace=workspace, values=ContactValues(email=f"p{number}@example.org", tags=["a"]))
    with django_assert_max_num_queries(14) as many:
        desk.get(url("list"))
    assert len(many) == len(one)


@pytest.mark.parametrize("sort", ["newest", "name", "email"])
def test_paging_walks_everybody_once_and_back_again(desk, workspace, sort):
    for number in range(120):
        create_contact(
            workspace=workspace, values=ContactValues(email=f"p{number:03}@example.org", last_name=f"N{number % 3}")
        )

    def people(page) -> list[str]:
        return [contact.email for contact in page.context["page"].contacts]

    first = desk.get(f"{url('list')}?sort={sort}")
    second = desk.get(url("list") + first.context["next"])
    third = desk.get(url("list") + second.context["next"])
    seen = people(first) + people(second) + people(third)
    assert (len(seen), len(set(seen)), third.context["next"]) == (120, 120, "")
    back = desk.get(url("list") + third.context["previous"])
    assert people(back) == people(second)
    assert people(desk.get(url("list") + back.context["previous"])) == people(first)


def test_ticked_people_get_a_tag_or_are_erased(desk, ada):
    data = {"contact": [str(ada.public_id), "nonsense"], "action": "tag", "tag": "beach", "back": "?q=a"}
    answer = desk.post(url("change-many"), data)
    assert answer.headers["Location"] == url("list") + "?q=a"
    ada.refresh_from_db()
    assert ada.tags == ["vip", "beach"]
    desk.post(url("change-many"), {"contact": [str(ada.public_id)], "action": "erase"})
    assert not Contact.objects.exists()
    assert desk.post(url("change-many"), {"action": "erase", "back": "//evil.example"}).headers["Location"] == url(
        "list"
    )


def test_new_contact_with_details(desk, workspace):
    save_attribute(workspace=workspace, values=AttributeValues(label="Spent", type="money"))
    save_attribute(workspace=workspace, values=AttributeValues(label="Likes", type="multi_choice", choices=("a", "b")))
    answer = desk.post(
        url("create"),
        {"email": "ada@example.org", "attribute-spent": "12,50 EUR", "attribute-likes": ["b", "a"], "tags": "x, y"},
    )
    contact = Contact.objects.get()
    assert answer.headers["Location"] == url("detail", contact.public_id)
    assert contact.attributes == {"spent": {"amount": "12.50", "currency": "EUR"}, "likes": ["a", "b"]}
    assert contact.tags == ["x", "y"]
    page = text_of(desk.get(url("detail", contact.public_id)))
    assert "12.50 EUR" in page
    assert "By Alice" in page


def test_duplicate_is_shown_and_what_was_typed_is_kept(desk, ada):
    page = desk.post(url("create"), {"email": "ADA@example.org", "first_name": "Augusta"})
    assert page.status_code == 422
    assert "Ada Lovelace has this e-mail address already." in text_of(page)
    assert url("detail", ada.public_id) in page.content.decode()
    assert 'value="Augusta"' in page.content.decode()
    assert Contact.objects.count() == 1


def test_edit_saves_and_bad_values_are_explained(desk, ada):
    page = desk.post(url("edit", ada.public_id), {"email": "ada@", "first_name": "Ada"})
    assert (page.status_code, "The part after @ is missing." in text_of(page)) == (422, True)
    desk.post(url("edit", ada.public_id), {"email": "ada@new.example", "first_name": "Ada", "country": "NZ"})
    ada.refresh_from_db()
    assert (ada.email, ada.last_name, ada.country) == ("ada@new.example", "", "NZ")


def test_erasing_asks_first(desk, ada):
    assert "Nothing can bring them back" in text_of(desk.get(url("erase", ada.public_id)))
    assert Contact.objects.exists()
    desk.post(url("erase", ada.public_id))
    assert not Contact.objects.exists()


def test_story_is_told_by_day_and_in_parts(desk, workspace, ada):
    start = now() - dt.timedelta(days=3)
    events = [
        NewEvent(name="order.placed", contact_id=ada.pk, at=start + dt.timedelta(minutes=n), properties={"n": n})
        for n in range(45)
    ]
    append_events(workspace, events)
    page = desk.get(url("detail", ada.public_id))
    seen = [item.note for item in page.context["story"]]
    while page.context["earlier"]:
        earlier = f"{url('detail', ada.public_id)}?before={page.context['earlier']}"
        page = desk.get(earlier, headers={"HX-Request": "true"})
        assert "<html" not in page.content.decode()
        seen += [item.note for item in page.context["story"]]
    assert seen == [""] + [f"n: {n}" for n in reversed(range(45))]


def test_pages_are_closed_to_strangers_and_read_only_for_viewers(workspace, stranger, viewer, ada):
    pages = [url("list"), url("attributes"), url("import"), url("detail", ada.public_id), url("edit", ada.public_id)]
    assert [client_of(stranger).get(page).status_code for page in pages] == [404] * 5
    looking = client_of(viewer)
    assert [looking.get(page).status_code for page in pages] == [200, 200, 403, 200, 403]
    assert looking.post(url("change-many"), {"contact": [str(ada.public_id)], "action": "erase"}).status_code == 403
    assert Contact.objects.exists()


def test_details_are_made_changed_and_deleted(desk, workspace, ada):
    desk.post(url("attribute-create"), {"label": "Plan", "type": "choice", "choices": "free\npro\n\nfree"})
    attribute = Attribute.objects.get()
    assert (attribute.key, attribute.choices) == ("plan", ["free", "pro"])
    assert desk.post(url("attribute-create"), {"label": "Plan 2", "type": "choice"}).status_code == 422
    desk.post(url("attribute-edit", attribute.public_id), {"label": "Tariff", "choices": "pro", "type": "text"})
    attribute.refresh_from_db()
    assert (attribute.label, attribute.type, attribute.choices) == ("Tariff", "choice", ["pro"])
    assert "{{ contact.attributes.plan }}" in text_of(desk.get(url("attributes")))
    desk.post(url("attribute-delete", attribute.public_id))
    assert not Attribute.objects.exists()


# Imports.

PEOPLE = (
    "Guest;Mail;Handy;Sprache;Last stay;Dog;Spent\n"
    "Łukasz Wójcik;lukasz@tatry.example;+48 601 555 018;pl;03.11.2025;1;12,50 €\n"
    "Zeynep Yılmaz;zeynep@;021 555 0142;tr;14.02.2026;0;9 €\n"
    "Ada Lovelace;ada@example.org;;en-NZ;;1;\n"
)


def upload(desk, content: bytes, name: str = "guests.csv"):
    return desk.post(url("import"), {"file": SimpleUploadedFile(name, content, "text/csv")})


def test_import_from_upload_to_people(desk, workspace, ada):
    answer = upload(desk, PEOPLE.encode("utf-16"))
    import_ = Import.objects.get()
    assert answer.headers["Location"] == url("import-detail", import_.public_id)
    page = desk.get(answer.headers["Location"])
    assert [row["column"].target for row in page.context["columns"]] == [
        "full_name", "email", "phone", "language", "", "", "",
    ]  # fmt: skip
    assert [row["new_type"] for row in page.context["columns"]][4:] == ["new:date", "new:boolean", "new:money"]
    forecast = page.context["forecast"]
    assert (forecast["created"], forecast["updated"], forecast["rejected"]) == (1, 1, 1)
    assert page.context["first"]["name"] == "Łukasz Wójcik"
    chosen = {f"target-{index}": row["column"].target for index, row in enumerate(page.context["columns"])}
    chosen |= {"target-4": "new:date", "target-5": "new:boolean", "target-6": "new:money", "mode": "upsert"}
    look = desk.post(url("import-start", import_.public_id), {**chosen, "look": "1"}, headers={"HX-Request": "true"})
    assert look.status_code == 200
    assert ("<html" in look.content.decode(), Import.objects.get().status) == (False, "draft")
    started = desk.post(url("import-start", import_.public_id), chosen)
    assert started.headers["Location"] == url("import-detail", import_.public_id)
    assert 'hx-trigger="every 1s"' in desk.get(started.headers["Location"]).content.decode()
    run_import(import_id=import_.pk)
    done = desk.get(started.headers["Location"])
    assert "every 1s" not in done.content.decode()
    assert "The part after @ is missing." in text_of(done)
    assert Contact.objects.get(email="lukasz@tatry.example").attributes == {
        "last_stay": "2025-11-03", "dog": True, "spent": {"amount": "12.50", "currency": "EUR"},
    }  # fmt: skip
    assert Contact.objects.count() == 2
    undo = desk.get(url("import-undo", import_.public_id))
    assert (undo.context["removed"], undo.context["kept"]) == (1, 0)
    desk.post(url("import-undo", import_.public_id))
    run_import(import_id=import_.pk)
    assert Contact.objects.get() == ada
    assert "The import was taken back." in text_of(desk.get(started.headers["Location"]))


def test_rejected_rows_come_back_as_a_harmless_file(desk, workspace):
    upload(desk, b'mail,note\nnobody@,"=HYPERLINK(""x"")"\nx,+64 21 555\ny,-SUM(1)\nz,"multi\nline, cell"\n')
    import_ = Import.objects.get()
    desk.post(url("import-start", import_.public_id), {"target-0": "email", "target-1": "new:text", "mode": "upsert"})
    run_import(import_id=import_.pk)
    answer = desk.get(url("import-rejects", import_.public_id))
    content = b"".join(answer.streaming_content).decode()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rejected rows of guests.csv"'
    assert content.splitlines()[1:3] == [
        """nobody@,"'=HYPERLINK(""x"")",2,mail: The part after @ is missing.""",
        "x,+64 21 555,3,mail: The @ is missing.",
    ]
    assert "y,'-SUM(1),4" in content
    assert 'z,"multi\nline, cell",5' in content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"  \n", "The file is empty."),
        (b"PK\x03\x04" + b"\x00" * 100, "This spreadsheet cannot be read."),
        (b"%PDF-1.7 rest", "This is not a list of people."),
        (bytes(range(256)) * 40, "This is not a text file."),
        (",".join(f"c{n}" for n in range(400)).encode() + b"\n", "more than 300 columns"),
    ],
)
def test_files_that_are_no_lists_are_refused_in_plain_words(desk, content, words):
    page = upload(desk, content)
    assert page.status_code == 422
    assert words in text_of(page)
    assert not Import.objects.exists()


def test_import_without_a_file_or_an_identity_says_so(desk):
    assert "Choose a file first." in text_of(desk.post(url("import"), {}))
    upload(desk, b"first name\nAda\n")
    import_ = Import.objects.get()
    page = desk.post(url("import-start", import_.public_id), {"target-0": "first_name", "mode": "upsert"})
    assert page.status_code == 422
    assert "Say which column holds the e-mail address" in text_of(page)
    assert Import.objects.get().status == "draft"


def test_a_wrong_guess_is_read_again(desk):
    upload(desk, "имя,почта\nЮлия,yulia@example.org\n".encode("cp1251"))
    import_ = Import.objects.get()
    assert import_.dialect["encoding"] == "cp1251"
    desk.post(url("import-reread", import_.public_id), {"encoding": "cp1252", "delimiter": "tab", "has_header": "on"})
    import_.refresh_from_db()
    assert (import_.dialect["encoding"], import_.dialect["delimiter"]) == ("cp1252", "\t")
    assert desk.get(url("import-detail", import_.public_id)).status_code == 200
    desk.post(url("import-discard", import_.public_id))
    assert not Import.objects.exists()


def test_reasons_filter_the_rejected_rows(desk, workspace):
    upload(desk, b"mail\nnobody@\nx\n@example.org\n")
    import_ = Import.objects.get()
    desk.post(url("import-start", import_.public_id), {"target-0": "email", "mode": "upsert"})
    run_import(import_id=import_.pk)
    page = desk.get(url("import-detail", import_.public_id) + "?reason=email_no_at")
    assert [reject["row"].row_number for reject in page.context["rejects"]] == [3]
    assert ImportReject.objects.count() == 3
