"""XML as a tree. No entity is ever expanded: what declares any is shown as text."""

from xml.parsers import expat

from databus.operating.preview.records import Kind, Node, Preview
from databus.operating.preview.room import DEEPEST, Room
from databus.operating.preview.samples import Sample
from databus.operating.preview.texts import BEGINNING_ONLY, text_preview


class _Bomb(Exception):
    """It declares entities, which may stand for more than any memory holds, or for files of this machine."""


class _Full(Exception):
    """There is no more room."""


def xml_preview(sample: Sample) -> Preview:
    """Show XML; what is none is shown as text. The beginning of a large one is shown as far as it goes."""
    growing = _Growing()
    try:
        growing.read(sample.content, is_whole=sample.is_whole)
    except _Bomb:
        return text_preview(sample, "It declares entities, which are never expanded here: this is its text.")
    except _Full:
        pass
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: of encodings
        return text_preview(sample, f"It is not well-formed XML: {error}.")
    facts = [("Encoding", growing.encoding)] + ([("Document type", growing.doctype)] if growing.doctype else [])
    notes = [] if sample.is_whole and not growing.room.is_cut else [BEGINNING_ONLY]
    return Preview(kind=Kind.XML, facts=facts, tree=growing.root.children, notes=notes)


class _Growing:
    """A tree while it is read."""

    def __init__(self) -> None:
        self.encoding = "UTF-8"
        self.doctype = ""
        self.room = Room()
        self.root = Node()
        self._open = [self.root]
        self._too_deep = 0
        self._text: list[str] = []

    def read(self, content: bytes, *, is_whole: bool) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.SkippedEntityHandler = self._skipped
        parser.CommentHandler = self._comment
        parser.Parse(content, is_whole)

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        self.encoding = self.room.fitted(encoding or self.encoding)

    def _doctype(self, name: str, system: str | None, public: str | None, has_subset: bool) -> None:
        self.doctype = self.room.fitted(" ".join(each for each in (name, public, system) if each))

    def _entity(self, *_: object) -> None:
        raise _Bomb

    def _skipped(self, name: str, is_parameter: bool) -> None:
        self._text.append(f"&{name};")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._end_text()
        if self._too_deep or len(self._open) > DEEPEST:
            self.room.is_cut = True
            self._too_deep += 1
            return
        written = " ".join(f'{each}="{value}"' for each, value in attributes.items())
        self._open.append(self._add(Node(name=self.room.fitted(name), note=self.room.fitted(written))))

    def _end(self, name: str) -> None:
        self._end_text()
        if self._too_deep:
            self._too_deep -= 1
            return
        node = self._open.pop()
        if len(node.children) == 1 and not node.children[0].name and not node.children[0].note:
            node.value = node.children.pop().value

    def _comment(self, text: str) -> None:
        self._end_text()
        if not self._too_deep:
            self._add(Node(note=self.room.fitted(f"<!--{text}-->")))

    def _end_text(self) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        if text and not self._too_deep:
            self._add(Node(value=self.room.fitted(text)))

    def _add(self, node: Node) -> Node:
        if not self.room.take_piece():
            raise _Full
        self._open[-1].children.append(node)
        return node
