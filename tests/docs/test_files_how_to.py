"""The configurations and tables of docs/how-to/files.md."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from databus.client.config_loader import load_config
from databus.processor.filter import FilterSettings
from databus.processor.unzip import UnzipSettings
from databus.processor.validate_json import ValidateJsonSettings
from databus.puller.files import FilesSettings as PullerSettings
from databus.pusher.files import FilesSettings as PusherSettings

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "files.md").read_text(encoding="utf-8")
CONFIGS = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_configurations() -> None:
    assert len(CONFIGS) >= 4


@pytest.mark.parametrize("config", CONFIGS)
def test_every_configuration_is_right(config: str) -> None:
    loaded = load_config(config.encode(), file="files.md", environ={})
    assert loaded.config.passengers[0].pullers[0].settings


@pytest.mark.parametrize("model", [PullerSettings, PusherSettings, UnzipSettings, FilterSettings, ValidateJsonSettings])
def test_every_setting_is_in_a_table(model: type[BaseModel]) -> None:
    names = [field.alias or name for name, field in model.model_fields.items()]
    tables = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert [name for name in names if not any(f"`{name}`" in line for line in tables)] == []
