"""Two languages, the same keys, the same gaps, and no word of one in the other."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from streamlit_ui.texts import Language, Texts, texts_in

ENGLISH, KOREAN = texts_in(Language.ENGLISH), texts_in(Language.KOREAN)
LATIN_WORD, HANGUL = re.compile(r"[A-Za-z]{2,}"), re.compile(r"[\uac00-\ud7a3]")
# The product's name and the names of formats and units are the same in every language.
SAME_EVERYWHERE = {
    "Tyreloop",
    "jpg",
    "png",
    "webp",
    "heic",
    "avif",
    "MB",
    "CSV",
    "PDF",
    "csv",
    "XLSX",
    "zip",
    "gif",
    "pdf",
    "bmp",
    "tiff",
    "svg",
    "ms",
    "Grafana",
}


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert ENGLISH.keys == KOREAN.keys


def test_a_sentence_has_the_same_gaps_in_both_languages() -> None:
    assert [key for key in ENGLISH.keys if gaps(ENGLISH(key)) != gaps(KOREAN(key))] == []


def test_no_english_word_is_in_a_korean_sentence() -> None:
    words = {key: set(LATIN_WORD.findall(re.sub(r"\{.*?\}", "", KOREAN(key)))) for key in KOREAN.keys}
    assert {key: found - SAME_EVERYWHERE for key, found in words.items() if found - SAME_EVERYWHERE} == {}


def test_no_korean_letter_is_in_an_english_sentence() -> None:
    assert [key for key in ENGLISH.keys if HANGUL.search(ENGLISH(key))] == []


def test_a_missing_key_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(KeyError):
        Texts(Language.ENGLISH, {})("verdict.good.headline")
