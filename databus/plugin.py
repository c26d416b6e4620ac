"""Importing a plug-in by its module's name: the only place in Databus where that happens, and where it is found."""

import importlib
import inspect
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from databus.errors import PluginError, text_of

if TYPE_CHECKING:  # heavy: loaded when a plug-in has settings
    from pydantic import BaseModel

T = TypeVar("T")


def load_plugin(module: str, base: type[T]) -> type[T]:
    """Return the one public class of a kind that a module defines.

    Classes that the module merely imports, and classes whose name starts with an underscore, do not count.

    Args:
        module: Dotted name of the module, such as ``databus.puller.files``.
        base: The abstract class that the plug-in derives from.

    Raises:
        PluginError: The module cannot be imported, has not exactly one such class, or that class is abstract.
    """
    found = _classes(_import(module), base)
    if len(found) != 1:
        names = ", ".join(cls.__name__ for cls in found) or "none"
        raise PluginError(f"{module} must define exactly one public {base.__name__} class, it defines {names}")
    missing = sorted(getattr(found[0], "__abstractmethods__", ()))
    if missing:
        raise PluginError(f"{module}.{found[0].__name__} does not implement {', '.join(missing)}")
    return found[0]


def find_plugins_in(data: Path) -> None:
    """Let Python find plug-ins in the working directory and in the folder ``plugins`` of a data folder, at last."""
    for folder in (str(Path.cwd()), str(data.absolute() / "plugins")):
        if folder not in sys.path:
            sys.path.append(folder)


def settings_model(plugin: type[object]) -> "type[BaseModel] | None":
    """Return the pydantic model of a plug-in's settings, its class attribute ``Settings``; None where it has none.

    A ``Settings`` that is anything else is the plug-in's own affair: those of Databus 8 may call anything so.
    """
    found = getattr(plugin, "Settings", None)
    if not inspect.isclass(found):
        return None
    from pydantic import BaseModel

    return found if issubclass(found, BaseModel) else None


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except SyntaxError as error:
        raise PluginError(f"{name} cannot be imported: {error.filename}:{error.lineno}: {error.msg}") from error
    except BaseException as error:  # the border to foreign code: a module may raise anything at import
        if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
            raise  # somebody pressed Ctrl-C: it comes to this thread only
        raise PluginError(f"{name} cannot be imported: {type(error).__name__}: {text_of(error)}") from error


def _classes(module: ModuleType, base: type[T]) -> list[type[T]]:
    return [
        cls
        for name, cls in vars(module).items()
        if inspect.isclass(cls)
        and issubclass(cls, base)
        and cls.__module__ == module.__name__
        and cls.__name__ == name
        and not name.startswith("_")
    ]
