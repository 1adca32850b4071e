"""One plot of all figures that have a reach: how far on its good side each is, on a logarithmic scale."""

from math import log2
from xml.sax.saxutils import escape

from .figures import Figure
from .report import Results, reach_in_words

WIDTH, LABELS, ROW, TOP, MARGIN = 1000, 540, 22, 64, 24
FROM, TO = 0.25, 16.0  # times the reach: what lies beyond is drawn at the edge
INK, FAINT, MET, UNMET = "#1f2328", "#d0d7de", "#0969da", "#bc4c00"


def plot(all_results: list[Results]) -> str:
    rows = [
        (results.name, figure)
        for results in all_results
        for figure in results.figures
        if figure.reach.bound is not None
    ]
    height = TOP + ROW * len(rows) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        ' font-family="sans-serif" font-size="12" role="img">',
        "<title>Each figure of the benchmark beside its reach</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(MARGIN, 24, "How far each figure is on the good side of its reach", "start", size=15),
        _text(_x(1.0) - 8, 48, "reach missed", "end"),
        _text(_x(1.0) + 8, 48, "reach met", "start"),
    ]
    parts += [_scale(times, height) for times in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)]
    parts += [part for index, row in enumerate(rows) for part in _row(index, *row)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(index: int, name: str, figure: Figure) -> list[str]:
    y = TOP + ROW * index + ROW // 2
    color = MET if figure.met else UNMET
    middle = _x(goodness(figure, figure.value))
    ends = sorted(_x(goodness(figure, value)) for value in figure.spread)
    against = f" / {figure.peer}" if figure.peer else ""
    # a diamond for what is missed: the colour alone is not for every eye
    mark = (
        f'<circle cx="{middle:.1f}" cy="{y}" r="5" fill="{color}"/>'
        if figure.met
        else f'<path d="M{middle:.1f} {y - 6}l6 6l-6 6l-6 -6z" fill="{color}"/>'
    )
    label = f"{name}: {figure.what.partition(' (')[0]}{against}, {reach_in_words(figure)}"
    return [
        _text(LABELS - 12, y + 4, label, "end"),
        f'<path d="M{ends[0]:.1f} {y}H{ends[1]:.1f}" stroke="{color}" stroke-width="2"/>',
        mark,
    ]


def goodness(figure: Figure, value: float) -> float:
    """1 at the reach, 2 when twice as good."""
    bound = figure.reach.bound or 1.0
    return value / bound if figure.reach.more else bound / max(value, 1e-9)


def _x(times: float) -> float:
    share = log2(min(max(times, FROM), TO) / FROM) / log2(TO / FROM)
    return LABELS + share * (WIDTH - LABELS - MARGIN)


def _scale(times: float, height: int) -> str:
    x, width = _x(times), 2 if times == 1 else 1
    line = f'<path d="M{x:.1f} {TOP - 10}V{height - MARGIN}" stroke="{INK if times == 1 else FAINT}" stroke-width="{width}"/>'
    return line + _text(x, height - 8, f"{times:g} ×", "middle")


def _text(x: float, y: float, text: str, anchor: str, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{INK}">{escape(text)}</text>'
