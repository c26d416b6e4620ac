"""Text and bytes of an attachment: UTF-8, and nothing is ever lost between the two."""


def text_to_bytes(text: str) -> bytes:
    """Return the text in UTF-8.

    Surrogates that stand for undecodable bytes become these bytes again; other lone surrogates are written as they are.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def bytes_to_text(content: bytes) -> str:
    """Return UTF-8 bytes as text; ``text_to_bytes`` makes exactly the same bytes of it, whatever they are."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return content.decode(errors="surrogateescape")
    return text if text_to_bytes(text) == content else content.decode(errors="surrogateescape")
