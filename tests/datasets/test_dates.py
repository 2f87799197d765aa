"""Dates and characters: what is written can be read back, by other rules than it was written with."""

import re
from datetime import date, datetime

import numpy as np
import pytest

from ml_from_scratch.datasets import CharacterVocabulary, make_dates
from ml_from_scratch.datasets.dates import DAYS, FORMATS, MONTHS, ordinal_ending, written

ALL_MONTHS = [date(2024, month, 3 + month) for month in range(1, 13)]


def read(text):
    """The date in a text: the year has four digits, the month is a word or in the middle."""
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    words = [w for w in re.findall("[A-Z][a-z]+", text) if w[:3] in {m[:3] for m in MONTHS}]
    if words:
        (month,) = [i for i, name in enumerate(MONTHS, start=1) if name.startswith(words[-1])]
        day, year = sorted(numbers)
    else:
        month = numbers[1]
        day, year = sorted((numbers[0], numbers[2]))
    return date(year, month, day)


# ---- dates -----------------------------------------------------------------------------------------
def test_by_hand():
    day = date(1987, 3, 3)
    assert {written(day, form) for form in FORMATS} == {
        "3 March 1987",
        "3 Mar 1987",
        "03-Mar-1987",
        "3rd of March 1987",
        "the 3rd of March, 1987",
        "March 3, 1987",
        "Mar 3, 1987",
        "March 3rd, 1987",
        "Tuesday, 3 March 1987",
        "Tue, Mar 3, 1987",
        "03.03.1987",
        "3.3.1987",
        "1987/03/03",
        "1987 March 3",
    }


@pytest.mark.parametrize("form", FORMATS)
def test_no_two_days_are_written_alike(form):
    days = [date.fromordinal(i) for i in range(date(1999, 1, 1).toordinal(), 730_500)]
    assert len({written(day, form) for day in days}) == len(days)
    assert all(read(written(day, form)) == day for day in days)


def test_names_are_those_of_the_calendar():
    for day in ALL_MONTHS:
        text = written(day, "{weekday} {day} {month} {year}")
        assert datetime.strptime(text, "%A %d %B %Y").date() == day
        assert text.startswith(DAYS[day.weekday()])


def test_endings():
    for n in range(1, 32):
        expected = {1: "st", 21: "st", 31: "st", 2: "nd", 22: "nd", 3: "rd", 23: "rd"}
        assert ordinal_ending(n) == expected.get(n, "th")


def test_samples_say_the_same_twice_and_in_every_form():
    X, y = make_dates(2000, years=(1990, 1999), random_state=0)
    assert X.shape == y.shape == (2000,) and X.dtype.kind == y.dtype.kind == "U"
    for text, iso in zip(X, y):
        assert read(text) == date.fromisoformat(str(iso))
        assert 1990 <= int(iso[:4]) <= 1999
    found = {
        next(form for form in FORMATS if written(date.fromisoformat(str(iso)), form) == text)
        for text, iso in zip(X, y)
    }
    assert found == set(FORMATS)


def test_the_first_and_the_last_day_are_drawn():
    _, y = make_dates(5000, years=(2024, 2024), random_state=0)
    assert set(y) >= {"2024-01-01", "2024-02-29", "2024-12-31"} and len(set(y)) <= 366
    assert min(y) == "2024-01-01" and max(y) == "2024-12-31"


@pytest.mark.parametrize(
    "years, error", [((2000, 1999), ValueError), ((999, 1999), ValueError), ((1, 2.5), TypeError)]
)
def test_years_that_cannot_be(years, error):
    with pytest.raises(error, match="year"):
        make_dates(3, years=years)
    with pytest.raises(ValueError, match="from 1000 to 9999"):
        make_dates(3, years=(9999, 10000))


# ---- characters ------------------------------------------------------------------------------------
@pytest.mark.parametrize("marked", [False, True])
def test_what_is_encoded_is_decoded(marked):
    X, _ = make_dates(50, random_state=0)
    vocabulary = CharacterVocabulary(X)
    tokens, lengths = vocabulary.encode(X, marked)
    assert vocabulary.decode(tokens) == X.tolist()
    assert lengths.tolist() == [len(text) + 2 * marked for text in X]
    assert tokens.max() == len(vocabulary) - 1
    filling = np.arange(tokens.shape[1]) >= lengths[:, None]
    assert ((tokens == vocabulary.filling) == filling).all()
    if marked:
        assert (tokens[:, 0] == vocabulary.begin).all()
        assert (tokens[np.arange(50), lengths - 1] == vocabulary.end).all()


def test_the_order_of_texts_does_not_matter():
    one, two = CharacterVocabulary(["ba", "c"]), CharacterVocabulary(["c", "ab"])
    assert one.characters == two.characters == "abc"


def test_no_texts_and_empty_ones():
    vocabulary = CharacterVocabulary([])
    assert len(vocabulary) == 3 and vocabulary.encode([])[0].shape == (0, 0)
    tokens, lengths = vocabulary.encode(["", ""], marked=True)
    assert tokens.tolist() == [[1, 2]] * 2 and lengths.tolist() == [2, 2]
    assert vocabulary.decode(tokens) == ["", ""]


def test_unknown_characters_are_named():
    with pytest.raises(ValueError, match=r"'cat' has characters .*\['c', 't'\]"):
        CharacterVocabulary(["ab"]).encode(["a", "cat"])
