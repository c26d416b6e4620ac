"""The base of all passengers."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from databus.passenger.abstract_passenger import AbstractPassenger, utc_of_pull
from databus.passenger.attachment import Attachment, AttachmentError, AttachmentFormat


class Order(AbstractPassenger):
    """A type without anything of its own."""


ANY_ORDER: Any = Order
NAMES = (
    "external_id", "internal_id", "source_system", "attachments", "puller_module", "pull_datetime", "passenger_module",
    "log_guids",
)  # fmt: skip


def test_defaults() -> None:
    before = datetime.now(UTC)
    order = Order()
    assert (order.external_id, order.source_system, order.puller_module) == ("", "", "")
    assert (order.attachments, order.log_guids) == ([], [])
    assert isinstance(order.internal_id, UUID)
    assert order.internal_id.version == 7
    assert before <= order.pull_datetime <= datetime.now(UTC)
    assert order.passenger_module == __name__


def test_nothing_is_shared_between_passengers() -> None:
    first, second = Order(), Order()
    first.attachments.append(Attachment("a"))
    first.log_guids.append(uuid4())
    assert (second.attachments, second.log_guids) == ([], [])
    assert first.internal_id != second.internal_id


@pytest.mark.parametrize("way", ["position", "keyword", "p_keyword"])
def test_arguments_by_position_and_by_either_name(way: str) -> None:
    values: list[Any] = ["e", uuid4(), "s", [Attachment("a")], "p", datetime(2024, 1, 1, tzinfo=UTC), "m", [uuid4()]]
    order = {
        "position": lambda: ANY_ORDER(*values),
        "keyword": lambda: ANY_ORDER(**dict(zip(NAMES, values, strict=True))),
        "p_keyword": lambda: ANY_ORDER(**{f"p_{name}": value for name, value in zip(NAMES, values, strict=True)}),
    }[way]()
    assert [getattr(order, name) for name in NAMES] == values
    assert order.attachments is values[3]


def test_internal_ids_may_be_text() -> None:
    text = "267c598e-f994-11ea-9005-acde48001122"
    order = Order(internal_id=text)
    assert order.internal_id == UUID(text)
    order.internal_id = text.upper()
    assert order.internal_id == UUID(text)
    order.internal_id = "ORDER-5"
    assert order.internal_id == "ORDER-5"


def test_naive_pull_times_become_utc_also_later() -> None:
    naive = datetime(2024, 7, 1, 12)  # noqa: DTZ001 - as Databus 8's plug-ins give it
    order = Order(pull_datetime=naive)
    assert order.pull_datetime == naive.astimezone(UTC)
    order.pull_datetime = naive.replace(hour=13)
    assert order.pull_datetime == naive.replace(hour=13).astimezone(UTC)
    assert utc_of_pull(order) == order.pull_datetime
    assert utc_of_pull(order).tzinfo is UTC
    assert type(utc_of_pull(order)) is datetime


def test_pull_times_are_those_of_databus_8_for_its_plug_ins() -> None:
    naive = datetime(2024, 7, 1, 0, 30)  # noqa: DTZ001 - as Databus 8's plug-ins give and take it
    order = Order(pull_datetime=naive)
    assert order.pull_datetime.strftime("%Y-%m-%d_%H%M") == "2024-07-01_0030"
    assert order.pull_datetime == naive
    assert naive + timedelta(days=8) - order.pull_datetime == timedelta(days=8)


def test_internal_ids_join_with_texts() -> None:
    for order in (Order(), Order(internal_id=uuid4()), Order(internal_id=str(uuid4()))):
        name: Any = order.internal_id
        assert isinstance(order.internal_id, UUID)
        assert "/out/" + name + ".txt" == f"/out/{name}.txt"
        with pytest.raises(TypeError):
            name + 1


def test_id_text() -> None:
    internal_id = uuid4()
    assert Order("4711", internal_id, "SAP").id_text == f"SAP - 4711 ({internal_id})"
    assert "SAP - 4711" in repr(Order("4711", internal_id, "SAP"))


def test_a_log_is_collected_once() -> None:
    order: Any = Order()
    guid, other = uuid4(), uuid4()
    order.collect_log_guid(guid)
    order.collect_log_guid(str(guid))
    order.collect_log_guid(guid=other)
    order.collect_log_guid(p_guid=other)
    assert order.log_guids == [guid, other]


def test_attachments_are_found_by_name() -> None:
    first = Attachment("a")
    order: Any = Order(attachments=[first, Attachment("a"), Attachment("b")])
    assert order.get_attachment_by_name("a") is first
    assert order.get_attachment_by_name(p_name="a") is first
    assert order.get_attachment_by_name("A") is None


def test_subclasses_may_add_attributes_and_call_up_as_they_like() -> None:
    class Old(AbstractPassenger):
        def __init__(self, p_external_id: str | None = None, p_source_system: str | None = None) -> None:
            up: Any = super()
            up.__init__(p_external_id=p_external_id, p_source_system=p_source_system)
            self.dataset = "default"

    class Bare(AbstractPassenger):
        def __init__(self) -> None:
            super().__init__()
            self.colour = "red"

    assert (Old("e", p_source_system="s").id_text[:5], Old().dataset, Bare().colour) == ("s - e", "default", "red")
    assert Bare().passenger_module == __name__


def test_a_rebuilt_passenger_has_what_was_set_and_its_own_defaults() -> None:
    class Rebuilt(AbstractPassenger):
        def __init__(self) -> None:
            super().__init__()
            self.dataset = "default"

    passenger: Any = Rebuilt()
    for name in NAMES:
        setattr(passenger, name, getattr(Order("e", uuid4(), "s"), name))
    assert (passenger.external_id, passenger.source_system, passenger.dataset) == ("e", "s", "default")


def test_unzip_attachments() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "x")
        archive.writestr("b.bin", "y")
    content = packed.getvalue()
    for arguments, expected in (((), ["a.txt", "b.bin"]), ((["TXT"],), ["a.txt"])):
        order = Order(attachments=[Attachment("a.ZIP", AttachmentFormat.binary, binary_content=content)])
        order.unzip_attachments(*arguments)
        assert [attachment.name for attachment in order.attachments] == expected


def test_links_of_a_document_are_downloaded_only_from_public_addresses() -> None:
    order: Any = Order()
    html = '<a href="http://127.0.0.1:9/a.xml">a</a>'
    order.download_links_in_html_as_attachments(html, ["pdf"])
    with pytest.raises(AttachmentError, match="not a public address"):
        order.download_links_in_html_as_attachments(p_html=html, p_extensions=["xml"])
    assert order.attachments == []
