"""The comparisons as bars, in SVG: rate to the right, CPU for an event as a number. No library: a bar is a rectangle."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from loadtests.bench.comparison import Comparison, Figures

WIDTH, LABELS, FIGURES, ROW, HEAD = 900, 270, 250, 22, 34
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2933}.t{font-weight:600;font-size:14px}.n{fill:#52606d}"
    "rect.b{fill:#2f6f9f}rect.g{fill:#9fb3c8}rect.bg{fill:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e7eb}.n{fill:#9aa5b1}rect.bg{fill:#14171a}rect.b{fill:#5aa7dd}rect.g{fill:#52606d}}"
)


def chart(results: Mapping[str, tuple[Comparison, Mapping[str, Figures]]]) -> str:
    """One group of bars a comparison, each to its own scale; what is ours is dark."""
    parts: list[str] = []
    y = 10
    for comparison, figures in results.values():
        y += HEAD
        parts.append(f'<text class="t" x="10" y="{y - 12}">{escape(comparison.title)}</text>')
        highest = max(f.rate for f in figures.values())
        for name, f in figures.items():
            length = max(1.0, (WIDTH - LABELS - FIGURES) * f.rate / highest)
            kind = "b" if name in comparison.ours else "g"
            parts.append(f'<text x="10" y="{y + 14}">{escape(name)}</text>')
            parts.append(f'<rect class="{kind}" x="{LABELS}" y="{y + 2}" width="{length:.1f}" height="{ROW - 6}" rx="2"/>')
            text = f"{f.rate:,.0f}/s, {f.cpu_us:,.1f} us CPU"
            parts.append(f'<text class="n" x="{LABELS + length + 8:.1f}" y="{y + 14}">{text}</text>')
            y += ROW
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 16}" viewBox="0 0 {WIDTH} {y + 16}">'
    return "\n".join([head, f"<style>{STYLE}</style>", '<rect class="bg" width="100%" height="100%"/>', *parts, "</svg>"]) + "\n"
