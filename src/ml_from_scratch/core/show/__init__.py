"""Show your work: the recorded computation as a table in the terminal and as a drawing.

    wording           how numbers, indices, options and operations are written
    rules             the line of the table of derivatives that will run backwards
    entries, names    what stands on a tape, and what to call it
    graph             a tape read into rows: names, parents, values, gradients
    table             explain(loss): the rows as text and as HTML
    layout            where boxes and arrows go, in plain geometry
    svg, boxes        the shapes of a drawing
    picture           draw(loss): the rows as a self-contained SVG

Neither changes anything: no gradient is stored, nothing is freed, and backward() works afterwards.
"""

from .picture import Picture, draw
from .table import Explanation, explain

__all__ = ["Explanation", "Picture", "draw", "explain"]
