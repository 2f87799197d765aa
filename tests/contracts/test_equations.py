r"""An equation in a docstring is a line of code with its number beside it, and the other way round."""

import pytest
from equation_rules import equations, numbered_lines, violations
from house_rules import read_sources

SOURCES = read_sources()
NUMBERED = {name: text for name, text in SOURCES.items() if "tag{" in text or numbered_lines(text)}


@pytest.mark.parametrize("module", NUMBERED)
def test_equations_and_lines_belong_together(module):
    assert violations(NUMBERED[module]) == []


def test_there_are_equations():
    assert sum(len(equations(text)) for text in NUMBERED.values()) >= 20


# ---- the checker catches what it is for ----------------------------------------------------------
SOUND = r'''
r"""A line.

.. math:: y = a x + b   \tag{1}
"""

def f(x):
    r"""Two more.

    .. math::

        z = y^2            \tag{2} \\
        w = \sqrt{z}       \tag{3}

    A step of the derivation, :math:`z = y y`, has no number.
    """
    y = a * x + b  # (n, d)  (1)
    z = y * y  # (2)
    return np.sqrt(z), z  # (3) (2)
'''


def test_a_sound_file_passes():
    assert violations(SOUND) == []
    assert numbered_lines(SOUND) == {"1": 17, "2": 18, "3": 19}


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("  # (n, d)  (1)", "", "equation (1) has no line"),
        ("  # (n, d)  (1)", "  # see (1) above", "equation (1) has no line"),
        ("    y = a", "    # (1)\n    y = a", None),
        ("    y = a * x + b  # (n, d)  (1)", "    # (1)\n    y = a * x + b", "(1) has no line"),
        (r"\tag{2}", "", "ends in (2), which no docstring has"),
        (r"\tag{2}", r"\tag{3}", "equation (3) is numbered twice"),
        ("(3) (2)", "(3) (4)", "ends in (4), which no docstring has"),
        ("(3) (2)", "(3), (4)", "ends in (4), which no docstring has"),
        ('r"""A line', '"""A line', "is not raw"),
        ("# (2)", "# (n)", None),  # (2) still stands on the next line
        ("# (2)", "# Bishop (2006)", None),  # a year is no equation
        ("# (2)", "# (2,)", None),  # nor is a shape
    ],
)
def test_a_planted_mistake_is_caught(old, new, words):
    assert old in SOUND
    found = violations(SOUND.replace(old, new, 1))
    if words is None:
        assert found == []
    else:
        assert any(words in sentence for sentence in found), found
