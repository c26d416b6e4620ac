"""Every test of ``databus.testing``, collected here once for each engine that ``conftest.py`` names."""

import pkgutil
from collections import Counter
from importlib import import_module

import databus.testing


def _test_classes() -> list[type]:
    names = [module.name for module in pkgutil.iter_modules(databus.testing.__path__, "databus.testing.")]
    modules = [import_module(name) for name in names if name.startswith("databus.testing.test_")]
    return [each for module in modules for name, each in vars(module).items() if name.startswith("Test")]


globals().update({each.__name__: each for each in _test_classes()})


def test_no_two_classes_of_the_suite_have_one_name() -> None:
    names = Counter(each.__name__ for each in _test_classes())
    assert [name for name, times in names.items() if times > 1] == []
    assert len(names) > 20
