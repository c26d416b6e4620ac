"""E-mails as attachments, whatever is wrong with them."""

import base64
import io
import json
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from databus.passenger.attachment import Attachment, AttachmentFormat
from databus.passenger.mime import open_message, read_message

EML = b"From: a@b.de\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def _contents(message: bytes) -> dict[str, bytes]:
    attachments = read_message(message)
    contents = {attachment.name: _content(attachment) for attachment in attachments}
    assert len(contents) == len(attachments)  # all names are different
    return contents


def _content(attachment: Attachment) -> bytes:
    with attachment.open() as stream:
        content = stream.read()
    assert attachment.size == len(content)
    return content


def _properties(message: bytes) -> Any:
    return json.loads(_contents(message)["_props.json"])


def _mixed(*parts: bytes, boundary: str = "B") -> bytes:
    mark = b"--" + boundary.encode()
    head = EML + b'Content-Type: multipart/mixed; boundary="' + boundary.encode() + b'"\r\n\r\n'
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def test_a_usual_mail_is_headers_bodies_and_files() -> None:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = "Åsa <asa@example.org>"
    mail["Subject"] = "Fakturor för året"
    mail.set_content("Hallå\r\n", charset="iso-8859-1")
    mail.add_alternative("<p>Hallå</p>", subtype="html", charset="utf-8")
    mail.add_attachment(bytes(range(256)), maintype="application", subtype="pdf", filename="år 1.pdf")
    mail.add_attachment(b"<a/>", maintype="application", subtype="xml", filename="a.xml")
    contents = _contents(mail.as_bytes())
    assert list(contents) == ["_props.json", "_body.txt", "_body.html", "år 1.pdf", "a.xml"]
    assert contents["_body.txt"].decode() == "Hallå\r\n"
    assert contents["_body.html"].decode().strip() == "<p>Hallå</p>"
    assert contents["år 1.pdf"] == bytes(range(256))
    properties = json.loads(contents["_props.json"])
    assert properties["subject"] == "Fakturor för året"
    assert properties["from"] == "Åsa <asa@example.org>"
    assert [part["attachment"] for part in properties["parts"]] == ["_body.txt", "_body.html", "år 1.pdf", "a.xml"]
    assert "problems" not in properties


def test_formats_say_what_is_text() -> None:
    parts = _mixed(
        b"\r\nbody",
        b'Content-Disposition: attachment; filename="a.csv"\r\n\r\n\xff',
        b'Content-Disposition: attachment; filename="b.csv"\r\n\r\n1;2',
    )
    formats = {attachment.name: attachment.format for attachment in read_message(parts)}
    text, binary = AttachmentFormat.text, AttachmentFormat.binary
    assert formats == {"_props.json": text, "_body.txt": text, "a.csv": binary, "b.csv": text}


def test_repeated_headers_keep_their_order_and_what_cannot_be_decoded_is_raw() -> None:
    message = (
        b"Received: one\r\nReceived: two\r\n  folded\r\nSubject: =?utf-8?q?a_=C3=BC?= =?utf-8?b?YmM=?=\r\n"
        b"X-Eight: caf\xe9\r\nX-Bad: =?utf-8?b?%%%?= =?nope?q?x?=\r\n\r\n"
    )
    assert _properties(message)["headers"] == [
        {"name": "Received", "value": "one"},
        {"name": "Received", "value": "two  folded"},
        {"name": "Subject", "value": "a übc"},
        {"name": "X-Eight", "value": "café", "raw": " caf\xe9"},
        {"name": "X-Bad", "value": "=?utf-8?b?%%%?==?nope?q?x?=", "raw": " =?utf-8?b?%%%?= =?nope?q?x?="},
    ]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"filename*=utf-8''%C3%BC.pdf", "ü.pdf"),
        (b'filename*0="long "; filename*1="name.pdf"', "long name.pdf"),
        (b"filename*0*=utf-8''%C3%BC; filename*1*=%C3%A4.pdf", "üä.pdf"),
        (b'filename="=?utf-8?B?w7wucGRm?="', "ü.pdf"),
        (b'filename="=?utf-8?Q?=C3?= =?utf-8?Q?=BC.pdf?="', "ü.pdf"),
        (b'filename="\xc3\xbc.pdf"', "ü.pdf"),
        (b'filename="\xfc.pdf"', "ü.pdf"),
        (b"filename*=nope''a%FC.pdf", "aü.pdf"),
        (b'filename="=?nope?Q?x?="', "=?nope?Q?x?="),
        (b"filename=a b.pdf", "a b.pdf"),
        (b'filename="C:\\\\temp\\\\..\\\\a.pdf"', "C:\\temp\\..\\a.pdf"),
        (b'filename="../../etc/passwd"', "../../etc/passwd"),
        (b'filename="_props.json"', "_props (2).json"),
        (b'filename="_body.html"', "_body (2).html"),
        (b'filename="_original.eml"', "_original (2).eml"),
        (b'filename=""', "attachment.bin"),
        (b"filename*x=1", "attachment.bin"),
    ],
)
def test_names_however_they_are_encoded(header: bytes, name: str) -> None:
    part = b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; " + header + b"\r\n\r\nPDF"
    contents = _contents(_mixed(part))
    assert contents[name] == b"PDF"
    assert len(contents) == 2


def test_files_without_names_are_called_after_their_type() -> None:
    kinds = ["image/png", "application/pdf", "text/calendar", "application/pkcs7-signature", "x-odd/thing", "image/png"]
    parts = [f"Content-Type: {kind}\r\n\r\n{kind}".encode() for kind in kinds]
    assert list(_contents(_mixed(*parts)))[1:] == [
        "attachment.png",
        "attachment.pdf",
        "attachment.ics",
        "attachment.p7s",
        "attachment.bin",
        "attachment (2).png",
    ]


def test_a_message_in_a_message_keeps_every_byte() -> None:
    inner = _mixed(b"\r\nhi", b'Content-Disposition: attachment; filename="a.bin"\r\n\r\n\x00\xff', boundary="inner")
    contents = _contents(_mixed(b"\r\nsee below", b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert contents["message.eml"] == inner.rstrip(b"\n").rstrip(b"\r") + b"\r\n"
    assert _contents(contents["message.eml"])["a.bin"] == b"\x00\xff"


def test_a_digest_is_messages() -> None:
    message = EML + b"Content-Type: multipart/digest; boundary=B\r\n\r\n--B\r\n\r\nSubject: 1\r\n\r\none\r\n--B--\r\n"
    assert _contents(message)["message.eml"] == b"Subject: 1\r\n\r\none"


@pytest.mark.parametrize(
    ("content_type", "raw", "kept"),
    [
        (b"text/plain; charset=utf-8", b"caf\xe9", b"caf\xe9"),
        (b"text/plain; charset=klingon", b"abc", b"abc"),
        (b"text/plain; charset=rot13", b"abc", b"abc"),
        (b"text/plain; charset=unicode-escape", b"\\u0041", b"\\u0041"),
        (b'text/plain; charset="utf-8\x00"', b"abc", b"abc"),
        (b"text/plain; charset=big5", b"\xff\xff", b"\xff\xff"),
        (b"text/plain", b"caf\xe9", b"caf\xe9"),
    ],
)
def test_a_text_that_is_not_in_its_charset_is_kept_raw(content_type: bytes, raw: bytes, kept: bytes) -> None:
    message = EML + b"Content-Type: " + content_type + b"\r\n\r\n" + raw
    contents = _contents(message)
    assert contents["_body.txt"] == kept
    assert contents["_original.eml"] == message


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-16", "Ünïcödé"),
        ("iso-2022-jp", "日本語"),
        ("gb18030", "汉字"),
        ("windows-1254", "İstanbul"),
        ("koi8-r", "Привет"),
        ("utf-7", "Ünï"),
    ],
)
def test_any_charset_becomes_utf_8(charset: str, text: str) -> None:
    encoded = base64.encodebytes(text.encode(charset))
    head = f"Content-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: BASE64\r\n\r\n"
    contents = _contents(EML + head.encode() + encoded)
    assert contents["_body.html"].decode() == text
    assert "_original.eml" not in contents


def test_a_text_that_says_nothing_may_be_utf_8() -> None:
    contents = _contents(EML + "\r\nçok güzel".encode())
    assert contents["_body.txt"].decode() == "çok güzel"
    assert "_original.eml" not in contents


@pytest.mark.parametrize(
    ("encoding", "raw", "kept"),
    [
        ("base64", b"QUJD!!\r\nREVG", b"ABCDEF"),
        ("base64", b"QUJDRA", b"ABCD"),
        ("base64", b"QUJDR", b"QUJDR"),
        ("base64", b"QUI=\r\n__ footer __", b"AB"),
        ("quoted-printable", b"a=ZZb=C3", b"a=ZZb\xc3"),
        ("x-uuencode", b"begin 644 a\r\n#86)C\r\n", b"begin 644 a\r\n#86)C\r\n"),
        ("zip", b"abc", b"abc"),
    ],
)
def test_a_broken_transfer_encoding_keeps_the_original(encoding: str, raw: bytes, kept: bytes) -> None:
    head = f"Content-Transfer-Encoding: {encoding}\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\n"
    message = EML + head.encode() + raw
    contents = _contents(message)
    assert contents["a.bin"] == kept
    assert contents["_original.eml"] == message
    assert json.loads(contents["_props.json"])["problems"]


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("base64", b"YWJj\r\n"),
        ("quoted-printable", b"a=62=\r\nc"),
        ("x-uuencode", b"begin 644 a\r\n#86)C\r\n`\r\nend\r\n"),
        ("8bit", b"abc"),
        ("binary", b"abc"),
    ],
)
def test_transfer_encodings(encoding: str, raw: bytes) -> None:
    head = f"Content-Transfer-Encoding: {encoding}\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\n"
    contents = _contents(EML + head.encode() + raw)
    assert contents["a.bin"] == b"abc"
    assert "_original.eml" not in contents


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"no headers at all\nbut text",
        b"\x00\x01\x02 a picture, not a mail \xff\xd8",
        b"\r\n\r\n",
        b"From nobody Thu Jan  1 00:00:00 2026\nSubject: x\n\nbody\n",
        b" begins with a fold\r\nSubject: x\r\n\r\nbody",
        b"Subject: only headers",
        b"Subject: old Mac\rTo: x\r\rbody\rof it",
        EML + b"this is no header\r\nTo: x\r\n\r\nbody",
        EML + b"Content-Type: multipart/mixed\r\n\r\nno boundary named",
        EML + b"Content-Type: multipart/mixed; boundary=B\r\n\r\nno boundary there",
        EML + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B--\r\nonly an end",
        EML + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nno end",
        EML + b"Content-Type: nonsense; ;;==;\r\n\r\nbody",
        EML + b"Content-Type: multipart/mixed; boundary*=utf-8''%42\r\n\r\n--B\r\n\r\nbody\r\n--B--",
    ],
)
def test_odd_messages_keep_all_their_text(message: bytes) -> None:
    contents = b"".join(_contents(message).values())
    for word in (
        b"but text",
        b"\xff\xd8",
        b"begins",
        b"only headers",
        b"body",
        b"no boundary",
        b"only an end",
        b"no end",
    ):
        if word in message:
            assert word in contents


def test_a_signed_mail_keeps_what_its_signature_proves() -> None:
    message = _mixed(b"\r\nhi", b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nSIG")
    message = message.replace(b"multipart/mixed;", b"multipart/signed;")
    contents = _contents(message)
    assert contents["smime.p7s"] == b"SIG"
    assert contents["_original.eml"] == message


def test_opaque_parts_stay_as_they_are() -> None:
    tnef = b"\x78\x9f\x3e\x22\x00"
    head = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    contents = _contents(_mixed(head + base64.encodebytes(tnef)))
    assert contents["winmail.dat"] == tnef
    assert "_original.eml" not in contents


def test_inline_pictures_keep_their_ids() -> None:
    message = _mixed(b"Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Disposition: inline\r\n\r\nPNG")
    part = _properties(message)["parts"][0]
    assert part["attachment"] == "attachment.png"
    assert {"name": "Content-ID", "value": "<logo@x>"} in part["headers"]


def test_what_stands_between_the_parts_is_kept() -> None:
    message = _mixed(b"\r\nhi").replace(b"--B\r\n", b"before\r\n--B\r\n", 1) + b"after"
    properties = _properties(message)
    assert properties["preamble"] == ["before"]
    assert properties["epilogue"] == ["after"]


def test_parts_within_parts_without_end() -> None:
    message = EML
    for level in range(200):
        message += f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n".encode()
    message += b"\r\nthe core"
    contents = _contents(message)
    assert contents["_original.eml"] == message


def test_boundaries_that_begin_alike() -> None:
    inner = b'Content-Type: multipart/alternative; boundary="BB"\r\n\r\n--BB\r\n\r\none\r\n--BB--'
    assert _contents(_mixed(inner, b"Content-Type: text/html\r\n\r\ntwo"))["_body.txt"] == b"one"


def test_empty_parts_are_parts() -> None:
    assert list(_contents(_mixed(b"", b""))) == ["_props.json", "_body.txt", "_body (2).txt"]


def test_content_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(_mixed(b"\r\nhi", b'Content-Disposition: attachment; filename="a.bin"\r\n\r\n123'))
    opened = []

    def opener() -> io.BufferedReader:
        opened.append(1)
        return file.open("rb")

    attachments = open_message(opener)
    assert len(opened) == 1
    with attachments[2].open() as stream:
        assert stream.read() == b"123"
    assert len(opened) == 2
    assert read_message(io.BytesIO(file.read_bytes()))[2].name == "a.bin"
