"""The table, on the terminal and in RESULTS.md."""

from dataclasses import dataclass
from datetime import datetime, timezone
from statistics import median

from .figures import Figure, Missing
from .machine import Quiet


@dataclass(frozen=True)
class Results:
    """What one benchmark gave."""

    name: str
    about: str
    rows: list[Figure | Missing]

    @property
    def figures(self) -> list[Figure]:
        return [row for row in self.rows if isinstance(row, Figure)]

    @property
    def missing(self) -> list[Missing]:
        return [row for row in self.rows if isinstance(row, Missing)]


HEADINGS = ["figure", "raccord", "peer", "ratio or value (least to most)", "reach", ""]


def on_terminal(results: Results, reaches: bool) -> str:
    """Without the reaches where they mean nothing, in a smoke run."""
    rows = [HEADINGS] + [_cells(figure) for figure in results.figures] if results.figures else []
    rows = rows if reaches else [row[:4] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["   " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join(lines + [f"   {missing.what}: not measured: {missing.why}" for missing in results.missing])


def markdown(all_results: list[Results], machine: list[tuple[str, str]], quiet: Quiet, seconds: float) -> str:
    figures = [figure for results in all_results for figure in results.figures if figure.met is not None]
    met = sum(bool(figure.met) for figure in figures)
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    lines = [
        "# What raccord costs, beside its peers",
        "",
        f"Written by `bench/run` on {date}, in {seconds / 60:.0f} minutes; [README.md](README.md) says how it measures.",
        f"Of {len(figures)} figures with a reach, {met} have it. Meanwhile {quiet}.",
        *([] if quiet.enough else ["", "**The machine was not quiet: take this for orientation, and run it again.**"]),
        "",
        "![Each figure beside its reach](results.svg)",
    ]
    for results in all_results:
        lines += ["", f"## {results.name}", results.about, ""]
        if results.figures:
            lines += [_row(HEADINGS), _row(["---"] * len(HEADINGS))]
            lines += [_row(_cells(figure)) for figure in results.figures]
        lines += [f"\n{missing.what}: not measured: {missing.why}." for missing in results.missing]
    lines += ["", "## The machine", "", "| | |", "| --- | --- |"]
    lines += [_row(list(pair)) for pair in machine]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _cells(figure: Figure) -> list[str]:
    least, most = figure.spread
    if figure.peer:
        # medians of each, for orientation; what counts is the ratio, made within each round
        ours, theirs = (f"{number(median(values))} {figure.unit}" for values in (figure.ours, figure.theirs))
        compared = f"{number(figure.value)} × ({number(least)} to {number(most)})"
    else:
        ours, theirs = f"{number(figure.value)} {figure.unit}".strip(), ""
        compared = f"{number(figure.value)} ({number(least)} to {number(most)})" if least != most else ""
    peer = f"{figure.peer}: {theirs}" if figure.peer else ""
    return [figure.what, ours, peer, compared, reach_in_words(figure), _met(figure)]


def reach_in_words(figure: Figure) -> str:
    if figure.reach.bound is None:
        return ""
    unit = "×" if figure.peer else figure.unit
    return f"at {'least' if figure.reach.more else 'most'} {number(figure.reach.bound)} {unit}".strip()


def _met(figure: Figure) -> str:
    return {None: "", True: "met", False: "**not met**"}[figure.met]


def number(value: float) -> str:
    """Three digits, and no more than are worth reading: 0.987, 12.3, 1,234,567."""
    if value == int(value) and abs(value) >= 10:
        return f"{value:,.0f}"
    for digits, below in ((2, 10), (1, 100)):
        if abs(value) < below:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"
