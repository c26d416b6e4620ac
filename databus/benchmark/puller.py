"""The source of workload W."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from databus.benchmark.passenger import WorkloadPassenger
from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment
from databus.puller.abstract_puller import AbstractPuller


class WorkloadSettings(BaseModel):
    """How much the source gives at each pull."""

    model_config = ConfigDict(extra="forbid")

    passengers: int = Field(ge=0, description="How many.")
    first: int = Field(0, description="Number of the first; the number is the external id.")
    attachment_bytes: int = Field(1024, ge=0, description="Size of each passenger's attachment.")


class WorkloadPuller(AbstractPuller):
    """Gives numbered passengers, one at a time."""

    Settings = WorkloadSettings

    def pull(self) -> Iterator[AbstractPassenger]:
        """Give the passengers."""
        content = "x" * self.settings.attachment_bytes
        for number in range(self.settings.first, self.settings.first + self.settings.passengers):
            yield WorkloadPassenger(
                external_id=str(number),
                source_system="workload",
                puller_module=__name__,
                attachments=[Attachment("document.txt", text_content=content)],
            )

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """Have nothing to do."""
