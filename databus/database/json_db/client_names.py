"""The folders of clients: their names are the clients' names wherever a folder can have them."""

import os
from collections.abc import Iterator
from contextlib import suppress

from databus.database.json_db.client_folder import ClientFolder
from databus.database.json_db.disk import make_folder, read_file, replace_file
from databus.database.json_db.safe_names import is_encoded, safe_name


def folder_of(clients: str, client_id: str) -> ClientFolder:
    """Return where a client's files are or would be."""
    return ClientFolder(f"{clients}/{safe_name(client_id, hidden=False)}", client_id)


def make_client_folder(folder: ClientFolder) -> None:
    """Make the folder of a client."""
    make_folder(folder.own)
    if is_encoded(os.path.basename(folder.path)) and not os.path.exists(folder.client_name):
        replace_file(folder.client_name, folder.client_id.encode(errors="surrogatepass"), durable=True)


def client_folders(clients: str) -> Iterator[ClientFolder]:
    """Yield the folders of all clients, also of those that a person has made."""
    with suppress(FileNotFoundError), os.scandir(clients) as found:
        for each in found:
            if not each.name.startswith(".") and each.is_dir():
                yield ClientFolder(each.path, _client_id(each.path, each.name))


def _client_id(path: str, name: str) -> str:
    if not is_encoded(name):
        return name
    try:
        client_id = read_file(ClientFolder(path, name).client_name).decode(errors="surrogatepass")
    except (OSError, UnicodeDecodeError):
        return name
    return client_id if safe_name(client_id, hidden=False) == name else name
