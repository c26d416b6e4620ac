"""Names in addresses, with the halves of characters that they may have: the framework takes these for flaws."""

from urllib.parse import parse_qs

from fastapi import Request

_FLAW = "\ufffd"


def exact(request: Request, name: str, value: str) -> str:
    """Return a value of the query part as ``rendering.query`` has written it.

    Args:
        name: Of the value.
        value: As the framework has read it.
    """
    if _FLAW not in value:
        return value
    try:
        sent = bytes(request.scope["query_string"]).decode("latin-1")
        found: list[str] = parse_qs(sent, keep_blank_values=True, errors="surrogatepass").get(name, [value])
    except UnicodeError:
        return value
    return found[-1]
