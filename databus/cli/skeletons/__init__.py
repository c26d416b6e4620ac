"""The skeletons that ``databus new`` writes: a module and its test for each kind of plug-in, as templates."""

from dataclasses import dataclass
from pathlib import Path
from string import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """A plug-in to be written.

    Attributes:
        kind: puller, processor, pusher, passenger or database.
        module: Its dotted name.
        class_name: ``OrderPuller`` for the module ``order_puller``.
    """

    kind: str
    module: str
    class_name: str

    @classmethod
    def of(cls, kind: str, module: str) -> "Skeleton":
        """Return the skeleton for a module."""
        words = module.rpartition(".")[2].split("_")
        return cls(kind=kind, module=module, class_name="".join(word[:1].upper() + word[1:] for word in words))

    def files(self, folder: Path) -> dict[Path, str]:
        """Return the path and the content of the module and, last, of its test."""
        *parents, name = self.module.split(".")
        test = "_".join([*parents, name])
        return {
            folder.joinpath(*parents, f"{name}.py"): self._filled(f"{self.kind}.txt"),
            folder / f"test_{test}.py": self._filled(f"{self.kind}_test.txt"),
        }

    def _filled(self, template: str) -> str:
        text = (Path(__file__).parent / template).read_text(encoding="utf-8")
        return Template(text).substitute(module=self.module, Class=self.class_name)
