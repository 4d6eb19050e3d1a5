"""The demo's templates: MJML with pictures of our own."""

from dataclasses import dataclass
from html import escape

SITE = "https://keacabins.example"


@dataclass(frozen=True)
class Letter:
    """One template. `picture` is a file of static/demo; each paragraph is plain text and may hold Liquid."""

    key: str
    name: str
    subject: str
    preheader: str
    picture: str
    alt: str
    heading: str
    paragraphs: tuple[str, ...]
    button: str
    path: str
    second_link: str = ""
    second_path: str = ""
    language: str = "en"
    greeting: str = "Kia ora{% if contact.first_name %} {{ contact.first_name }}{% endif %},"
    leaving: str = "Leave this list"
    choosing: str = "Choose what you hear about"


LETTERS = (
    Letter(
        key="summer",
        name="Summer at the lake",
        subject="{% if contact.first_name %}{{ contact.first_name }}, the{% else %}The{% endif %} lake is warm again",
        preheader="Six cabins, one jetty, and the water at 19 degrees.",
        picture="lake.jpg",
        alt="Evening at a mountain lake, a jetty and the low sun",
        heading="The lake is warm again",
        paragraphs=(
            "The jetty is back in the water, the kayaks are patched, and the swallows have moved into the boat shed as "
            "they do every November.",
            "We kept the lakeside cabins free for people who have been here before. From today until Sunday they are "
            "yours first; on Monday everybody else can book them.",
            "Come for two nights and the third is on us, any week before Christmas.",
        ),
        button="See the free weeks",
        path="/lakeside",
        second_link="Walks that start at the door",
        second_path="/walks",
    ),
    Letter(
        key="kayak",
        name="Kayak week",
        subject="Kayak week: paddles, soup and a very small race",
        preheader="Five days on the water, for beginners and for show-offs.",
        picture="alps.jpg",
        alt="Snowy peaks above a quiet valley",
        heading="Kayak week is on",
        paragraphs=(
            "Five days on the water with Hēmi, who has taught half the valley to paddle. Mornings for practice, "
            "afternoons for the islands, soup for everyone at six.",
            "Friday ends with the race around Ruby Island. Last year’s winner was eleven years old.",
        ),
        button="Save a boat",
        path="/kayak-week",
        second_link="What to bring",
        second_path="/kayak-week/packing",
    ),
    Letter(
        key="contest",
        name="Win a week at Lake Hāwea",
        subject="Tell us your best cabin evening, win a week",
        preheader="One question, one week at Lake Hāwea, drawn on the first of December.",
        picture="forest.jpg",
        alt="A cabin light between tall trees",
        heading="A week at Lake Hāwea, for a story",
        paragraphs=(
            "We are putting together a small book of cabin evenings. Send us yours: one sentence is enough.",
            "Among all stories we draw one week for four people. The rules are on the page, and the draw is public.",
        ),
        button="Tell your story",
        path="/contest",
        second_link="Read the rules",
        second_path="/contest/rules",
    ),
    Letter(
        key="beach",
        name="Beach baches, early price",
        subject="Beach baches: last summer’s price until Friday",
        preheader="Three baches, forty steps from the sand.",
        picture="beach.jpg",
        alt="A wide beach with dunes and a low sun",
        heading="Forty steps from the sand",
        paragraphs=(
            "The three beach baches keep last summer’s price until Friday. After that they cost what firewood and "
            "paint cost these days.",
            "Dogs are welcome in all of them{% if contact.attributes.brings_dog %}, yours included{% endif %}.",
        ),
        button="Look at the baches",
        path="/beach",
        second_link="Tides and swimming",
        second_path="/beach/tides",
    ),
    Letter(
        key="summer-de",
        name="Sommer am See",
        subject="{% if contact.first_name %}{{ contact.first_name }}, der{% else %}Der{% endif %} See ist wieder warm",
        preheader="Sechs Hütten, ein Steg und 19 Grad im Wasser.",
        picture="lake.jpg",
        alt="Abend an einem Bergsee mit Steg und tiefer Sonne",
        heading="Der See ist wieder warm",
        paragraphs=(
            "Der Steg liegt wieder im Wasser, die Kajaks sind geflickt, und die Schwalben sind ins Bootshaus gezogen.",
            "Bis Sonntag halten wir die Hütten am Ufer für alle frei, die schon einmal bei uns waren.",
        ),
        button="Freie Wochen ansehen",
        path="/de/see",
        second_link="Wanderungen ab der Tür",
        second_path="/de/wandern",
        language="de",
        greeting="Kia ora{% if contact.first_name %} {{ contact.first_name }}{% endif %},",
        leaving="Von dieser Liste abmelden",
        choosing="Themen auswählen",
    ),
)


def mjml_of(letter: Letter, base_url: str) -> str:
    """The letter as MJML; pictures come from `base_url`."""
    texts = "".join(f"        <mj-text>{escape(words, quote=False)}</mj-text>\n" for words in letter.paragraphs)
    second = ""
    if letter.second_link:
        link = f'<a href="{SITE}{letter.second_path}">{escape(letter.second_link)}</a>'
        second = f'        <mj-text align="center">{link}</mj-text>\n'
    return f"""<mjml>
  <mj-head>
    <mj-attributes>
      <mj-all font-family="Georgia, 'Times New Roman', serif" />
      <mj-text font-size="17px" line-height="1.6" color="#22333b" padding="10px 32px" />
      <mj-button background-color="#0b5d78" color="#ffffff" border-radius="8px" font-size="17px"
        inner-padding="14px 28px" />
      <mj-class name="foot" align="center" font-size="13px" color="#5b6770" />
    </mj-attributes>
  </mj-head>
  <mj-body background-color="#f4f1ea">
    <mj-section background-color="#ffffff" padding="0">
      <mj-column>
        <mj-image src="{base_url}/static/demo/{letter.picture}" alt="{escape(letter.alt)}" padding="0" />
        <mj-text font-size="28px" line-height="1.25" padding="28px 32px 6px">{escape(letter.heading)}</mj-text>
        <mj-text>{letter.greeting}</mj-text>
{texts}        <mj-button href="{SITE}{letter.path}" padding="18px 32px">{escape(letter.button)}</mj-button>
{second}      </mj-column>
    </mj-section>
    <mj-section padding="20px 0">
      <mj-column>
        <mj-text mj-class="foot">{{{{ workspace.name }}}}, {{{{ workspace.address }}}}</mj-text>
        <mj-text mj-class="foot"><a href="{{{{ preferences_url }}}}">{escape(letter.choosing)}</a> ·
          <a href="{{{{ unsubscribe_url }}}}">{escape(letter.leaving)}</a></mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
