"""What is wrong with an argument, in the words of the other commands instead of those of typer's libraries."""

from typing import Any

import typer
from typer.core import TyperGroup


class PlainGroup(TyperGroup):
    """The commands; what they refuse is told in plain words."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is meant."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = _plain(error)
            raise


def _plain(error: typer.BadParameter) -> str:
    from pydantic import ValidationError

    from databus.client.config_problems import plain_reason

    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return error.message
    return "; ".join(plain_reason(each) for each in cause.errors(include_url=False))
