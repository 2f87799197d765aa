"""The parity report: what all suites found, as JSON, Markdown and one self-contained HTML page."""

from __future__ import annotations

import json
from pathlib import Path

from ml_from_scratch.experiments.report import Report, figure_svg

LEAD = (
    "Every model beside the reference's of the same name and settings: the same arrays, one process, one "
    "thread, the same answer asserted first, then medians of runs in turns. A ratio is our time over theirs: "
    "below 1 we are faster."
)
COLUMNS = ["workload", "ours, ms", "theirs, ms", "ratio", "bar", "", "answers differ by",
           "peak MB, ours / theirs"]  # fmt: skip
COLORS = {"ours": "#0072B2"}
OTHERS = ("#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def write(suites: list, command: str, folder: Path) -> None:
    """Write parity.json, parity.md and parity.html (with their curves) into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {"command": command, "suites": suites}
    (folder / "parity.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (folder / "parity.md").write_text(_markdown(suites, command, folder), encoding="utf-8")
    _page(suites, command).save(folder / "parity.html")


def summary(suites: list) -> str:
    """Return in a sentence how many bars are reached, and how often we are the faster."""
    rows = [row for suite in suites for row in suite["rows"] if row["ratio"] is not None]
    barred = [row for row in rows if row["bar"] is not None]
    reached = sum(row["ratio"] <= row["bar"] for row in barred)
    faster = sum(row["ratio"] <= 1.0 for row in rows)
    return (
        f"{reached} of {len(barred)} bars reached; at most the reference's time in {faster} of "
        f"{len(rows)} workloads."
    )


def _cells(suite, row) -> list:
    theirs = suite["reference"]
    times = [
        f"{row['milliseconds'][k]:.3g}" if k in row["milliseconds"] else "—"
        for k in ("ours", theirs)
    ]
    bar, ratio = row["bar"], row["ratio"]
    judged = "" if bar is None or ratio is None else "reached" if ratio <= bar else "MISSED"
    peaks = [f"{row['megabytes'][k]:.0f}" for k in ("ours", theirs) if k in row["megabytes"]]
    return [
        row["workload"],
        *times,
        "—" if ratio is None else f"{ratio:.2f}",
        "—" if bar is None else f"{bar:.2f}",
        judged,
        "—" if row["difference"] is None else f"{row['difference']:.0e}",
        " / ".join(peaks) or "—",
    ]


def _about(suites) -> str:
    versions: dict = {}
    for suite in suites:
        versions.update(suite["machine"].get("versions", {}))
    machine = next((suite["machine"] for suite in suites if suite["machine"]), {})
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"{machine.get('processor')}, {machine.get('cores')} cores, {machine.get('system')}; "
        f"BLAS {machine.get('blas')}; {told}."
    )


def _markdown(suites, command, folder) -> str:
    lines = ["# Parity with the reference", "", LEAD, "", summary(suites), ""]
    lines += [f"`{command}` on {_about(suites)}", ""]
    for suite in suites:
        lines += [f"## {suite['title']}", "", f"`python benchmarks/{suite['script']}`", ""]
        if suite["failure"]:
            lines += [f"**It failed:** {suite['failure']}", ""]
        if suite["rows"]:
            lines += ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
            lines += ["| " + " | ".join(_cells(suite, row)) + " |" for row in suite["rows"]]
            lines += [""]
        for i, curve in enumerate(suite["curves"]):
            picture = _picture(curve)
            if picture:
                name = f"{Path(suite['script']).stem}_{i}.svg"
                (folder / name).write_text(picture, encoding="utf-8")
                lines += [f"![{_caption(curve)}]({name})", ""]
    return "\n".join(lines)


def _page(suites, command) -> Report:
    report = Report("Parity with the reference", LEAD)
    report.paragraph(summary(suites))
    report.paragraph(f"{command}, on {_about(suites)}")
    for suite in suites:
        report.section(suite["title"])
        if suite["failure"]:
            report.note(f"It failed: {suite['failure']}")
        if suite["rows"]:
            rows = [_cells(suite, row) for row in suite["rows"]]
            report.table(COLUMNS, rows, f"python benchmarks/{suite['script']}")
        for curve in suite["curves"]:
            picture = _picture(curve)
            if picture:
                report.picture(picture, _caption(curve))
    return report


def _caption(curve) -> str:
    return f"{curve['title']}: {curve['y']} against {curve['x']}."


def _picture(curve) -> str | None:
    """Return a curve as SVG, or None without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes, others = figure.subplots(), iter(OTHERS)
    for name, (x, y) in curve["sides"].items():
        style = {"linewidth": 2.5, "alpha": 0.7} if name == "ours" else {"linestyle": "--"}
        axes.plot(x, y, label=name, color=COLORS.get(name) or next(others), **style)
    axes.set(xlabel=curve["x"], ylabel=curve["y"], title=curve["title"])
    if curve["log"]:
        axes.set_yscale("log")
    axes.legend(frameon=False)
    return figure_svg(figure)
