"""A report: one HTML page that needs nothing from outside, built from text, tables and pictures."""

from __future__ import annotations

import base64
import html
import io

from ..core.files import replacing
from . import surroundings


class Report:
    """A page in the making: sections, each with paragraphs, tables, pictures and listings.

    Every text is escaped. Pictures are SVG, inside the page.

    Parameters
    ----------
    title : str
    lead : str
        What the page is, in a sentence or two.

    Examples
    --------
    >>> report = Report("Trees", "What a tree learns.")
    >>> report.section("Depth", "Deeper trees fit more.")
    >>> report.table(["depth", "score"], [[1, 0.7], [2, 0.9]], "Scores on the test set.")
    >>> "<td>0.9</td>" in report.html()
    True
    """

    def __init__(self, title: str, lead: str):
        self.title, self.lead = title, lead
        self._contents: list = []
        self._body: list = []
        self._n_pictures = 0

    def section(self, title: str, lead: str = "") -> None:
        """Begin a section."""
        anchor = f"section-{len(self._contents) + 1}"
        self._contents.append((anchor, title))
        self._body.append(f'<h2 id="{anchor}">{html.escape(title)}</h2>')
        if lead:
            self.paragraph(lead)

    def paragraph(self, text: str) -> None:
        """Add a paragraph."""
        self._body.append(f"<p>{html.escape(text)}</p>")

    def note(self, text: str) -> None:
        """Add a paragraph that stands out: something is missing, or went wrong."""
        self._body.append(f'<p class="note">{html.escape(text)}</p>')

    def listing(self, text: str) -> None:
        """Add text whose line breaks and columns matter."""
        self._body.append(f"<pre>{html.escape(text)}</pre>")

    def table(self, columns, rows, caption: str) -> None:
        """Add a table: column titles, rows of values, and a caption that says what they are."""
        head = "".join(f"<th>{html.escape(str(c))}</th>" for c in columns)
        lines = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(v))}</td>" for v in row) + "</tr>"
            for row in rows
        )
        self._body.append(
            f'<div class="wide"><table><caption>{html.escape(caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
        )

    def picture(self, svg: str, caption: str) -> None:
        """Add a picture, given as the text of an SVG element.

        It is embedded as an image of its own, so that names and styles in it stay its own.
        """
        self._n_pictures += 1
        data = base64.b64encode(svg.encode()).decode()
        self._body.append(
            f'<figure><div class="wide"><img alt="{html.escape(caption)}" src="data:image/svg+xml;base64,{data}"></div>'
            f"<figcaption>Figure {self._n_pictures}. {html.escape(caption)}</figcaption></figure>"
        )

    def html(self) -> str:
        """Return the whole page."""
        contents = "".join(
            f'<li><a href="#{a}">{html.escape(t)}</a></li>' for a, t in self._contents
        )
        about = "".join(
            f"<li>{html.escape(name)} {html.escape(version)}</li>"
            for name, version in surroundings.versions().items()
        )
        return PAGE.format(
            title=html.escape(self.title), lead=html.escape(self.lead), contents=contents, style=STYLE,
            body="\n".join(self._body), about=about, machine=html.escape(surroundings.machine()),
        )  # fmt: skip

    def save(self, path) -> None:
        """Write the page to a file, whole or not at all."""
        with replacing(path) as file:
            file.write(self.html().encode())


def figure_svg(figure) -> str:
    """Return a matplotlib Figure as the text of an SVG element; the same figure gives the same text."""
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "ml-from-scratch-lab"}):
        figure.savefig(buffer, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --quiet: #5b6575; --page: #fdfdfb; --line: #d9dde3; --tint: #f1f4f7;
  --accent: #0b5fa5; --warn: #8a4b00; --warn-tint: #fff4e2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --quiet: #a4adba; --page: #14181f; --line: #333b47;
  --tint: #1d232c; --accent: #7db7ec; --warn: #ffc27a; --warn-tint: #33260f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 62rem; background: var(--page); color: var(--ink);
  font: 17px/1.6 Georgia, "Iowan Old Style", "Times New Roman", serif; }
h1 { font-size: 2.3rem; line-height: 1.15; margin: 0 0 .5rem; } .lead { font-size: 1.15rem; color: var(--quiet); }
h2 { margin: 3rem 0 .75rem; padding-top: .6rem; border-top: 2px solid var(--line); font-size: 1.55rem; }
a { color: var(--accent); } nav ol { columns: 2; padding-left: 1.2rem; } p { max-width: 44rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: 1rem 0; font: 14px/1.45 system-ui, sans-serif; }
caption { caption-side: bottom; text-align: left; padding-top: .5rem; color: var(--quiet); }
th, td { padding: .4rem .8rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap;
  font-variant-numeric: tabular-nums; }
th { background: var(--tint); font-weight: 600; } th:first-child, td:first-child { text-align: left; }
pre { padding: 1rem; overflow-x: auto; background: var(--tint); border: 1px solid var(--line); border-radius: 6px;
  font: 12.5px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
figure { margin: 1.5rem 0; } figure img { max-width: 100%; height: auto; background: #fff; border-radius: 6px; }
figcaption, footer { color: var(--quiet); font: 14px/1.5 system-ui, sans-serif; }
.note { padding: .7rem 1rem; background: var(--warn-tint); color: var(--warn); border-left: 4px solid var(--warn); }
footer { margin-top: 4rem; border-top: 1px solid var(--line); padding-top: 1rem; }
"""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head><body>
<h1>{title}</h1><p class="lead">{lead}</p><nav><ol>{contents}</ol></nav>
{body}
<footer><p>Made with:</p><ul>{about}</ul><p>on {machine}.</p></footer>
</body></html>
"""
