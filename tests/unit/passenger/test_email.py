"""E-mails."""

from typing import Any

from databus.passenger.attachment import Attachment
from databus.passenger.email import Email


def _email() -> Any:
    names = ["_body.html", "a.xls", "b.XLSX", "c.xml", "D.Xml", "xlsx", "e.xml.txt", "f.tar.gz"]
    return Email(attachments=[Attachment(name) for name in names])


def _names(attachments: list[Attachment]) -> list[str]:
    return [attachment.name for attachment in attachments]


def test_excel_attachments() -> None:
    assert _names(_email().excel_attachments) == ["a.xls", "b.XLSX"]


def test_xml_attachments() -> None:
    assert _names(_email().xml_attachments) == ["c.xml", "D.Xml"]


def test_extensions_are_taken_as_people_write_them() -> None:
    assert _names(_email().get_attachments_with_extensions([".HTML", "gz"])) == ["_body.html", "f.tar.gz"]
    assert _names(_email().get_attachments_with_extensions(p_extensions=["Tar.Gz"])) == ["f.tar.gz"]
    assert _email().get_attachments_with_extensions([]) == []


def test_an_email_is_a_passenger_of_its_own_module() -> None:
    email: Any = Email
    assert email(p_external_id="<1@x>").external_id == "<1@x>"
    assert Email().passenger_module == "databus.passenger.email"
