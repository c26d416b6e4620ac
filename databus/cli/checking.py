"""Reporting what is wrong with configurations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from databus.cli.failing import Exit, note
from databus.cli.output import aside, on_terminal, print_json, say
from databus.errors import Problem
from databus.operating.clients import ReadClient


@dataclass(frozen=True, slots=True)
class _Finding:
    client_id: str
    problem: Problem
    is_warning: bool


def report(clients: Iterable[ReadClient], *, as_json: bool) -> int:
    """Print every problem and warning; exit code 1 if there is a problem."""
    with aside():
        read = list(clients)
    findings = [finding for client in read for finding in _findings(client)]
    for finding in findings:
        if as_json:
            print_json(_record(finding))
        else:
            say(f"{'warning: ' if finding.is_warning else ''}{finding.problem}")
    problems = sum(not finding.is_warning for finding in findings)
    if on_terminal() and not as_json:
        note(f"{len(read)} clients checked: {problems} problems, {len(findings) - problems} warnings")
    return Exit.FAILED if problems else Exit.DONE


def _findings(client: ReadClient) -> Iterator[_Finding]:
    for problem in client.problems:
        yield _Finding(client.client_id, problem, is_warning=False)
    for warning in client.loaded.warnings if client.loaded else ():
        yield _Finding(client.client_id, warning, is_warning=True)


def _record(finding: _Finding) -> dict[str, Any]:
    problem = finding.problem
    return {
        "client": finding.client_id,
        "file": problem.file,
        "path": problem.path,
        "reason": problem.reason,
        "severity": "warning" if finding.is_warning else "error",
    }
