"""A brand's colour is always made readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import contrast

COLORS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def test_black_on_white_is_the_most_there_is():
    assert contrast.contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(("color", "ratio"), [("#777777", 4.48), ("#767676", 4.54), ("#0b5d78", 7.37)])
def test_contrast_is_what_the_guideline_computes(color, ratio):
    assert contrast.contrast(color, "#ffffff") == pytest.approx(ratio, abs=0.01)


def test_readable_colour_stays_as_it_is():
    assert contrast.palette("#2d4a38").fill == "#2d4a38"


@given(COLORS, st.booleans())
def test_every_palette_can_be_read(color, dark):
    shades = contrast.palette(color, dark=dark)
    card = contrast.DARK_CARD if dark else contrast.LIGHT_CARD

    assert contrast.contrast(shades.fill, card) >= contrast.READABLE
    assert contrast.contrast(shades.ink, shades.fill) >= contrast.READABLE
    assert contrast.contrast(shades.fill, shades.soft) >= 3.5


@pytest.mark.parametrize("text", ["", "#fff", "0b5d78", "#0b5d7g", "#0b5d78\n", "#0b5d789"])
def test_only_six_digits_are_a_colour(text):
    assert not contrast.is_color(text)
    with pytest.raises(ValueError, match="is not a colour"):
        contrast.luminance(text)
