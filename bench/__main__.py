"""``python -m bench``."""

import sys
import time
import traceback
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from bench import beside, claims, export, growth, log_lines, memory, report, starting, throughput, web
from bench.figures import Figure
from bench.machine import facts
from bench.sizes import Sizes, full, quick
from databus.__main__ import collect_less_often

SECTIONS: dict[str, Callable[[Sizes], Iterator[Figure]]] = {
    "start": starting.measure,
    "throughput": throughput.measure,
    "log": log_lines.measure,
    "memory": memory.measure,
    "growth": growth.measure,
    "beside": beside.measure,
    "claims": claims.measure,
    "export": export.measure,
    "web": web.measure,
}


def main() -> int:
    """Measure; return 1 if something could not be measured, or with --strict if a target was missed."""
    options = _options()
    collect_less_often()  # as every process of the command line does
    with TemporaryDirectory(prefix="databus-bench-", dir=options.folder) as folder:
        sizes = (quick if options.quick else full)(Path(folder))
        machine = facts(sizes.folder)
        figures, failures = _measure(options.only or list(SECTIONS), sizes)
    text = report.markdown(machine, figures, failures)
    print(text)
    if options.output:
        options.output.write_text(text)
    if options.json:
        options.json.write_text(report.as_json(machine, figures, failures))
    missed = [figure for figure in figures if figure.is_reached is False]
    return 1 if failures or (options.strict and missed) else 0


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m bench", description="Measures Databus; takes minutes without --quick.")
    parser.add_argument("--quick", action="store_true", help="one short pass of everything; its figures say little")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="measure this (may be repeated)")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a target is missed")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the Markdown table to a file, too")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument(
        "--folder",
        default=_disk(),
        metavar="DIR",
        help="on the disk to be measured; nothing is left in it [%(default)s]",
    )
    return parser.parse_args()


def _disk() -> str:
    # /tmp is in memory on many machines, where a sync costs nothing.
    return "/var/tmp" if Path("/var/tmp").is_dir() else gettempdir()


def _measure(sections: list[str], sizes: Sizes) -> tuple[list[Figure], list[str]]:
    figures: list[Figure] = []
    failures: list[str] = []
    for section in sections:
        began = time.perf_counter()
        print(f"measuring {section} ", end="", file=sys.stderr, flush=True)
        try:
            for figure in SECTIONS[section](sizes):
                figures.append(figure)
                print(".", end="", file=sys.stderr, flush=True)
        except Exception as error:  # noqa: BLE001 - the border of a section: the others are measured all the same
            traceback.print_exc()
            failures.append(f"{section}: {type(error).__name__}: {error}")
        print(f" {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return sorted(figures, key=lambda figure: _order(figure, figures)), failures


def _order(figure: Figure, figures: list[Figure]) -> int:
    """Return where a figure's section is first named: figures of one section stand together."""
    return next(place for place, other in enumerate(figures) if other.section == figure.section)


if __name__ == "__main__":
    sys.exit(main())
