"""The figures as Markdown and as JSON."""

import json
from collections.abc import Iterable, Sequence

from bench.figures import Figure, number


def markdown(facts: dict[str, str], figures: Sequence[Figure], failures: Sequence[str]) -> str:
    lines = ["Measured on: " + ", ".join(f"{name} {value}" for name, value in facts.items()) + ".", ""]
    lines += ["| | median | lowest to highest (runs) | target | reached |", "|---|---:|---:|---:|---|"]
    section = ""
    for figure in figures:
        if figure.section != section:
            section = figure.section
            lines.append(f"| **{section}** | | | | |")
        lines.append(_row(figure))
    lines += _notes(figures)
    lines += ["", *(f"Failed to run: {failure}" for failure in failures)] if failures else []
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    value = f"{number(figure.value)} {figure.unit}".strip()
    runs = len(figure.values)
    spread = f"{number(min(figure.values))} to {number(max(figure.values))} ({runs})" if runs > 1 else "(1)"
    target = "" if figure.target is None else str(figure.target)
    reached = {None: "", True: "yes", False: "**no**"}[figure.is_reached]
    return f"| {figure.name} | {value} | {spread} | {target} | {reached} |"


def _notes(figures: Iterable[Figure]) -> list[str]:
    notes = [f"- {figure.name}: {figure.note}." for figure in figures if figure.note]
    return ["", *notes] if notes else []


def as_json(facts: dict[str, str], figures: Sequence[Figure], failures: Sequence[str]) -> str:
    data = {"machine": facts, "figures": [figure.as_dict() for figure in figures], "failures": list(failures)}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
