"""Where orders come from."""

import io

from openpyxl import Workbook

from databus.passenger.abstract_passenger import AbstractPassenger
from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.puller.abstract_puller import AbstractPuller
from screenshots.shop.order import Order

FIRST, COUNT = 10_421, 48

ARTICLES = ("Desk lamp", "Oak shelf", "Wool rug", "Wall clock", "Linen curtain", "Reading chair")


class WebShop(AbstractPuller):
    """Gives the orders of a morning."""

    def pull(self) -> list[AbstractPassenger]:
        """Return them."""
        return [self._order(number) for number in range(FIRST, FIRST + COUNT)]

    def notify_passengers_seated(self, seated_passengers: list[AbstractPassenger]) -> None:
        """A real shop would be told here."""

    def _order(self, number: int) -> Order:
        order = Order(external_id=f"SO-{number}", source_system="web shop", puller_module=self.__module__)
        order.attachments = [
            Attachment("order.xml", AttachmentFormat.text, text_content=_xml(number)),
            Attachment("lines.xlsx", AttachmentFormat.binary, binary_content=_sheet(number)),
        ]
        return order


def _lines(number: int) -> list[tuple[str, int, float]]:
    return [
        (ARTICLES[(number + at) % len(ARTICLES)], 1 + number * at % 4, 19.9 + 10 * at + number % 7)
        for at in range(1 + number % 3)
    ]


def _xml(number: int) -> str:
    lines = "".join(
        f'<line number="{at}"><article>{article}</article><quantity>{quantity}</quantity>'
        f'<price currency="EUR">{price:.2f}</price></line>'
        for at, (article, quantity, price) in enumerate(_lines(number), start=1)
    )
    customer = "<name>Maria Huber</name><street>Lindengasse 12</street><city>Graz</city>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<order id="SO-{number}" channel="web">'
        f"<customer>{customer}</customer><lines>{lines}</lines></order>"
    )


def _sheet(number: int) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Article", "Quantity", "Price"])
    for line in _lines(number):
        sheet.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
