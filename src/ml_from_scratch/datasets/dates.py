"""Dates as people write them, and as machines do: pairs to learn translation from.

Every way of writing says which number is the day: the month is a word, or dots stand between (day first, as
in much of Europe), or the year comes first. So there is one right answer, and no network is needed for it;
which makes it a fair test of one. It must read months in letters or digits, in any order, skip weekdays,
and write ten characters, all of them right.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from ..core.random import as_generator
from ._arguments import check_count

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
FORMATS = (
    "{day} {month} {year}",
    "{day} {mon} {year}",
    "{day:02}-{mon}-{year}",
    "{day}{th} of {month} {year}",
    "the {day}{th} of {month}, {year}",
    "{month} {day}, {year}",
    "{mon} {day}, {year}",
    "{month} {day}{th}, {year}",
    "{weekday}, {day} {month} {year}",
    "{wd}, {mon} {day}, {year}",
    "{day:02}.{number:02}.{year}",
    "{day}.{number}.{year}",
    "{year}/{number:02}/{day:02}",
    "{year} {month} {day}",
)


def make_dates(n_samples=100, *, years=(1900, 2099), random_state=None):
    """Draw days, each written in one of FORMATS, and as ISO 8601 has it.

    Parameters
    ----------
    n_samples : int
        How many; a day may come more than once.
    years : pair of int
        The first and the last year, from 1000 to 9999.
    random_state : None, int, Generator or RandomState
        The same seed gives the same data.

    Returns
    -------
    X, y : ndarray of str, both of shape (n_samples,)
        What is to be read, and what is to be written.

    Raises
    ------
    ValueError, TypeError
        If the count or the years are out of range or of the wrong type.

    Examples
    --------
    >>> X, y = make_dates(3, random_state=0)
    >>> for text, iso in zip(X, y):
    ...     print(text, "is", iso)
    15th of February 2070 is 2070-02-15
    the 24th of May, 2027 is 2027-05-24
    25 March 2002 is 2002-03-25
    """
    n_samples, (first, last) = check_count("n_samples", n_samples), _checked(years)
    rng = as_generator(random_state)
    ends = date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal() + 1
    days = [date.fromordinal(int(i)) for i in rng.integers(*ends, size=n_samples)]
    ways = rng.integers(0, len(FORMATS), size=n_samples)
    X = np.array([written(day, FORMATS[way]) for day, way in zip(days, ways)])
    return X, np.array([day.isoformat() for day in days])


def written(day, form) -> str:
    """Return a date in the form of one of FORMATS.

    >>> written(date(1987, 3, 3), "{wd}, {mon} {day}{th}, {year}")
    'Tue, Mar 3rd, 1987'
    """
    weekday, month = DAYS[day.weekday()], MONTHS[day.month - 1]
    return form.format(
        day=day.day,
        th=ordinal_ending(day.day),
        month=month,
        mon=month[:3],
        number=day.month,
        year=day.year,
        weekday=weekday,
        wd=weekday[:3],
    )


def ordinal_ending(n) -> str:
    """Return what makes a number from 1 to 31 an ordinal.

    >>> [f"{n}{ordinal_ending(n)}" for n in (1, 2, 3, 4, 11, 22, 30)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd', '30th']
    """
    return "th" if 10 <= n <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")


def _checked(years):
    first, last = (check_count("a year", year) for year in years)
    if not 1000 <= first <= last <= 9999:
        raise ValueError(
            f"years must be (first, last) from 1000 to 9999, so that all have four digits; got {years}."
        )
    return first, last
