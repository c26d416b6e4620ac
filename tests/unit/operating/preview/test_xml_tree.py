"""XML as a tree; entities are never expanded."""

from pathlib import Path

import pytest

from databus.operating.preview.records import Kind
from databus.operating.preview.samples import MEDIUM
from tests.unit.operating.preview.looked import looked, outline, size_of

LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in zip("abcdefghi", "bcdefghij", strict=True)
)

BOMBS = {
    "billion laughs": LAUGHS + "]><l>&j;</l>",
    "billion laughs in an attribute": LAUGHS + ']><l a="&j;"/>',
    "billion laughs by default": LAUGHS + '<!ATTLIST l a CDATA "&j;">]><l/>',
    "quadratic": f'<!DOCTYPE l [<!ENTITY a "{"ha" * 10_000}">]><l>{"&a;" * 10_000}</l>',
    "a file": '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l>&a;</l>',
    "a server": '<!DOCTYPE l [<!ENTITY a SYSTEM "http://127.0.0.1:1/">]><l>&a;</l>',
    "parameter": '<!DOCTYPE l [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><l/>',
}


@pytest.mark.parametrize("kind", BOMBS)
def test_what_declares_entities_is_text(kind: str) -> None:
    shown = looked("a.xml", BOMBS[kind])
    assert (shown.kind, shown.tree) == (Kind.TEXT, [])
    assert shown.text == BOMBS[kind][: 64 * 2**10]
    assert "never expanded" in shown.notes[0]


def test_xml_is_a_tree() -> None:
    content = '<?xml version="1.0" encoding="iso-8859-1"?><o id="1"><p>gr\xfcn</p>and <q/><!-- c --></o>'
    shown = looked("order", content.encode("latin-1"))
    assert shown.kind is Kind.XML
    assert outline(shown.tree) == [('o id="1"', ["p grün", "and", "q", "<!-- c -->"])]
    assert dict(shown.facts)["Encoding"] == "iso-8859-1"
    assert not shown.notes


def test_a_document_type_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.dtd").write_text('<!ENTITY x "expanded">')
    shown = looked("a.xml", f'<!DOCTYPE l SYSTEM "{tmp_path}/a.dtd"><l>&x;</l>')
    assert outline(shown.tree) == ["l &x;"]


def test_svg_is_no_picture() -> None:
    shown = looked("a.svg", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>')
    assert shown.kind is Kind.XML
    assert outline(shown.tree) == [('svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"', ["script alert(1)"])]


@pytest.mark.parametrize(
    "content", ["<a><b></a>", "<a", "a", "<a/><b/>", '<?xml version="1.0" encoding="no such"?><a/>', "<a>&x;</a>"]
)
def test_what_is_not_well_formed_is_text_with_the_reason(content: str) -> None:
    shown = looked("a.xml", content)
    assert (shown.text, shown.tree) == (content, [])
    assert shown.notes[0].startswith("It is not well-formed XML: ")


def test_depth_is_cut_and_what_comes_after_it_is_shown() -> None:
    shown = looked("a.xml", "<r>" + "<a>" * 100 + "deep" + "</a>" * 100 + "<z/></r>")
    assert shown.tree[0].children[-1].name == "z"
    assert shown.notes == ["This is its beginning; the download has all."]
    assert "deep" not in str(shown.tree)


def test_a_large_one_is_shown_as_far_as_it_was_read() -> None:
    long = looked("a.xml", f"<a><b/><c>{'x' * MEDIUM}</c></a>")
    assert [each.name for each in long.tree[0].children][:1] == ["b"]
    assert long.notes == ["This is its beginning; the download has all."]
    many = looked("a.xml", f"<a>{'<b/>' * 100_000}</a>")
    assert len(many.tree[0].children) == 999
    assert size_of(many) < 2**18
    wide = looked("a.xml", "<a " + " ".join(f'a{at}="x"' for at in range(10_000)) + "/>")
    assert len(wide.tree[0].note) <= 501
