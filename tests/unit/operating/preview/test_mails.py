"""E-mails: their text, never their HTML."""

import io
from email.message import EmailMessage

from databus.operating.preview.apart import Apart
from databus.operating.preview.looking import Previews
from databus.operating.preview.mail_html import text_of_html
from databus.operating.preview.mails import HTML_NOTE, mail_preview
from databus.operating.preview.records import Kind
from tests.unit.operating.preview.looked import looked

HTML = "<html><head><title>t</title></head><body><p>Dear&nbsp;Ann,</p><p>all <b>well</b><script>alert(1)</script></p>"


def message(*, plain: str = "", html: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "Grüße"
    mail["From"] = "Ann <ann@example.org>"
    if plain:
        mail.set_content(plain)
    if html and plain:
        mail.add_alternative(html, subtype="html")
    elif html:
        mail.set_content(html, subtype="html")
    return mail


def test_headers_text_and_attachments_are_shown() -> None:
    mail = message(plain="Hello\n", html=HTML)
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="bill <1>.pdf")
    shown = looked("a.eml", mail.as_bytes())
    assert shown.kind is Kind.EMAIL
    assert dict(shown.facts) == {"Subject": "Grüße", "From": "Ann <ann@example.org>"}
    assert shown.text == "Hello\n"
    (table,) = shown.tables
    assert table.rows == [["bill <1>.pdf", "application/pdf", "5 bytes"]]
    assert not shown.notes


def test_html_is_shown_as_its_text() -> None:
    shown = mail_preview(message(html=HTML).as_bytes(), is_whole=True)
    assert shown.text == "Dear Ann,\n\nall well"
    assert shown.notes == [HTML_NOTE]


def test_what_is_hidden_in_html_is_no_text() -> None:
    assert text_of_html("<style>p{}</style>a<br>b<p>c</p><svg onload=alert(1)>") == "a\nb\nc"


def test_any_number_of_parts_and_any_text_are_cut() -> None:
    many = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\nContent-Type: a/b\r\n\r\n" * 1000
    shown = mail_preview(many, is_whole=True)
    assert len(shown.tables[0].rows) <= 100
    assert shown.notes == ["This is its beginning; the download has all."]
    long = mail_preview(b"\r\n" + b"x" * 10**6, is_whole=False)
    assert long.text is not None
    assert len(long.text) < 40_000


def test_what_is_no_mail_is_shown_as_far_as_it_goes() -> None:
    for content in (b"", b"\0\xff", b"Subject", b"Content-Type: multipart/mixed\r\n\r\n--"):
        assert mail_preview(content, is_whole=True).kind is Kind.EMAIL


def test_a_mail_that_would_take_for_ever_is_given_up() -> None:
    endless = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + b"--x\n" * 2_000_000
    assert Previews(Apart(seconds=1)).look_at("a.eml", io.BytesIO(endless)).kind is Kind.OTHER
