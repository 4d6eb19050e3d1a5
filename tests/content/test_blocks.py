"""Elements are found by their tags, whatever the source looks like, and quickly."""

import time

import pytest

from content.blocks import blocks, first_block, without_blocks
from content.compiler import compile_content


def test_elements_are_found_with_their_attributes():
    found = list(blocks('<style media="a>b">one</style> <STYLE>two</StYlE > <style>never closed', "style"))

    assert [(block.attributes, block.inner) for block in found] == [(' media="a>b"', "one"), ("", "two")]


def test_name_that_only_begins_alike_is_another_element():
    assert first_block("<header>x</header>", "head") is None


def test_greedy_element_reaches_to_the_last_closing_tag():
    block = first_block("<body>a</body>b</body>c", "body", greedy=True)

    assert block is not None
    assert block.inner == "a</body>b"


def test_elements_are_taken_out():
    assert without_blocks("a<head>b</head>c<head>d", "head") == "ac<head>d"


@pytest.mark.parametrize("tag", ["<style>", "<style ", "<head>", "<body>", "<title>", "<body ", '<style "'])
def test_source_of_nothing_but_opening_tags_takes_no_time(tag):
    begun = time.perf_counter()

    compile_content(subject="Hello", html=tag * (120_000 // len(tag)))

    assert time.perf_counter() - begun < 5  # it was minutes
