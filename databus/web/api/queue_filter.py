"""What a list of passengers is narrowed down to."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from databus.database.records import QueueQuery, State


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("there is no such time in UTC") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]

Text = Annotated[str, Field(max_length=500)]


class QueueFilter(BaseModel):
    """Which passengers. What is left out does not filter."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"state": ["dead"], "error": "timeout"}]})

    passenger: Text = Field("", description="Name of the route, which is the passenger's module.")
    state: list[State] = Field([], max_length=len(State), description="In one of these states.")
    source_system: Text = Field("", description="Of this source system, exactly.")
    search: Text = Field("", description="Part of the external id, or the beginning of the internal id.")
    error: Text = Field("", description="Part of the last error of any step.")
    attachment: Text = Field("", description="Part of an attachment's name.")
    step: Text = Field("", description="Name of a step that is incomplete, exactly.")
    pulled_from: Moment | None = Field(None, description="Pulled then or later; a time with its zone.")
    pulled_before: Moment | None = Field(None, description="Pulled earlier; a time with its zone.")

    def as_query(self, client_id: str, *, limit: int, cursor: str = "") -> QueueQuery:
        """Return the query of a client's queue."""
        return QueueQuery(
            client_id=client_id,
            passenger_module=self.passenger,
            states=tuple(self.state),
            source_system=self.source_system,
            search=self.search,
            error=self.error,
            attachment=self.attachment,
            step=self.step,
            pulled_from=self.pulled_from,
            pulled_before=self.pulled_before,
            limit=limit,
            cursor=cursor,
        )
