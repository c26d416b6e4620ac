"""Lets only some passengers travel on."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from databus.pqueue.queue_status import PassengerQueueStatus, QueueStatus
from databus.processor.abstract_processor import AbstractProcessor
from databus.processor.passenger_document import compiled, holds


class FilterSettings(BaseModel):
    """Which passengers travel on."""

    model_config = ConfigDict(extra="forbid")

    expression: str = Field(
        description="A JMESPath expression about the passenger: {external_id, source_system, attachments: [{name, "
        "format, size, json}]}. Where it is true, the passenger travels on."
    )

    @field_validator("expression")
    @classmethod
    def _check_expression(cls, expression: str) -> str:
        compiled(expression)
        return expression


class Filter(AbstractProcessor):
    """Lets a passenger travel on if a JMESPath expression is true of it; any other is complete and goes no further.

    The expression is about ``external_id``, ``source_system`` and ``attachments``, each of which has ``name``,
    ``format`` (``text`` or ``binary``), ``size`` in bytes, and ``json``, the content of a ``.json`` attachment.
    False are ``false``, ``null`` and what is empty. Examples::

        attachments[?ends_with(name, '.xml')]
        attachments[?name == '_props.json'].json | contains([0].subject, 'invoice')
        attachments[?json.total > `1000`]

    An expression that cannot be answered, such as a function that gets a wrong type, fails the passenger.
    """

    Settings = FilterSettings
    settings: FilterSettings

    def process(self, passengers: list[PassengerQueueStatus]) -> None:
        """Complete those of which the expression is not true.

        Raises:
            ValueError: The expression cannot be answered for one.
        """
        for status in passengers:
            if not holds(self.settings.expression, status.passenger):
                status.set_all_processor_statuses(QueueStatus.complete)
                status.set_all_pusher_statuses(QueueStatus.complete)
                self.log.append_text(
                    f"{status.passenger.id_text} goes no further: it does not fit the filter", __name__
                )
