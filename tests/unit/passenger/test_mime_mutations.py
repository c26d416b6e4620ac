"""E-mails with random damage: reading one never fails, and no part of it is lost."""

import base64

from hypothesis import given, settings
from hypothesis import strategies as st

from databus.passenger.mime import read_message

MARKS = [b"mark-plain-71", b"mark-html-72", b"mark-csv-73", b"mark-inner-74", b"mark-deep-75"]
MAIL = b"""From: =?utf-8?q?J=C3=B6?= <a@b.de>\r
Received: one\r
Received: two\r
Subject: =?iso-8859-1?Q?caf=E9?=\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="outer"\r
\r
This is a multi-part message in MIME format.\r
--outer\r
Content-Type: multipart/alternative; boundary=inner\r
\r
--inner\r
Content-Type: text/plain; charset=utf-8\r
\r
mark-plain-71 \xc3\xbc\r
--inner\r
Content-Type: text/html; charset="windows-1252"\r
Content-Transfer-Encoding: quoted-printable\r
\r
<p>mark-html-72 =FC=\r
</p>\r
--inner--\r
--outer\r
Content-Type: text/csv; name*=utf-8''%C3%BC.csv\r
Content-Disposition: attachment\r
\r
mark-csv-73;\xff;\x00\r
--outer\r
Content-Type: application/octet-stream\r
Content-Transfer-Encoding: base64\r
Content-Disposition: attachment; filename="=?utf-8?B?w7wucGRm?="\r
\r
BASE64--outer\r
Content-Type: message/rfc822\r
\r
Subject: inner mark-inner-74\r
\r
mark-deep-75\r
--outer--\r
""".replace(b"BASE64", base64.encodebytes(bytes(range(256))).replace(b"\n", b"\r\n"))

CHANGES = st.lists(
    st.tuples(
        st.integers(0, len(MAIL)),
        st.integers(0, 12),
        st.one_of(
            st.binary(max_size=6), st.sampled_from([b"\r\n", b"\n\n", b"--outer", b"--inner--\r\n", b"=?", b";"])
        ),
    ),
    max_size=8,
)


@given(CHANGES)
@settings(max_examples=400)
def test_damage_loses_nothing(changes: list[tuple[int, int, bytes]]) -> None:
    mail = MAIL
    for position, removed, inserted in changes:
        mail = mail[:position] + inserted + mail[position + removed :]
    _check(mail)


@given(st.binary(max_size=300))
def test_noise_is_kept(mail: bytes) -> None:
    _check(mail)


@given(
    st.lists(
        st.sampled_from([b"\r\n", b"\n", b"--B", b"--B--", b"Content-Type: multipart/mixed; boundary=B", b" ", b"x"])
    )
)
def test_lines_in_any_order_are_kept(lines: list[bytes]) -> None:
    _check(b"".join(lines))


def _check(mail: bytes) -> None:
    attachments = read_message(mail)
    contents = {}
    for attachment in attachments:
        with attachment.open() as stream:
            contents[attachment.name] = stream.read()
        assert attachment.size == len(contents[attachment.name])
    assert len(contents) == len(attachments)
    if "_original.eml" in contents:
        assert contents["_original.eml"] == mail
        return
    everything = b"".join(contents.values())
    for mark in MARKS:
        assert mark not in mail or mark in everything
