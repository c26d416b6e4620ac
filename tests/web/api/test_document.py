"""How the API describes itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from databus.web.api.document import api_document
from databus.web.api.router import api_router
from tests.web.api.test_access import OPEN, WHO
from tests.web.api.world import World

STATIC = Path(__file__).parents[3] / "databus" / "web" / "static"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as it is sent."""
    sent: dict[str, Any] = json.loads(json.dumps(api_document(api_router().routes)))
    return sent


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    return document["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema


def test_it_is_sent_without_a_token(small: World) -> None:
    document = small.get("/api/openapi.json", by="")
    assert document["openapi"] == "3.1.0"
    assert document == json.loads(small.call("GET", "/api/openapi.json", by="").content)


def test_it_has_the_api_and_no_pages(document: dict[str, Any]) -> None:
    described = {name for name, _ in _operations(document)}
    assert described == {f"{method} {path.replace(':path', '')}" for method, path in WHO}


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        whole = {**schema, "components": document["components"]}
        for example in schema.get("examples", []):
            assert list(Draft202012Validator(whole).iter_errors(example)) == [], name


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document)))
    assert references - set(document["components"]["schemas"]) == set()
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        assert operation["summary"], name
        assert len(operation["description"]) > 20, name
        assert operation["tags"], name
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["schema"].get("description"), (name, parameter["name"])


def test_every_success_has_an_example_or_a_model(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        for status, response in operation["responses"].items():
            if status.startswith("2") and status != "204":
                (content,) = response["content"].values()
                assert content.get("schema") or content.get("example"), name


def test_every_model_of_an_answer_has_an_example(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        for status, response in operation["responses"].items():
            schema = response.get("content", {}).get("application/json", {}).get("schema", {})
            if status.startswith("2") and "$ref" in schema:
                assert _resolved(document, schema).get("examples"), name


def test_every_error_is_a_problem(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        for status, response in operation["responses"].items():
            if not status.startswith("2"):
                assert list(response["content"]) == ["application/problem+json"], (name, status)


def test_every_key_of_a_model_is_described(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        for key, value in schema.get("properties", {}).items():
            assert value.get("description") or "$ref" in value or "items" in value, (name, key)


def test_who_needs_a_token_is_told(document: dict[str, Any]) -> None:
    open_ones = {f"{method} {path}" for (method, path), who in WHO.items() if who == OPEN}
    for name, operation in _operations(document):
        assert operation.get("security", []) == ([] if name in open_ones else [{"token": []}]), name
    scheme = document["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_operations_have_names_for_generated_clients(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in _operations(document)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_runs_under_the_strict_policy(small: World) -> None:
    answer = small.call("GET", "/api/docs", by="")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", answer.text)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
        assert small.call("GET", address, by="").status_code == 200, address


def test_what_is_vendored_needs_no_eval_and_has_its_licence() -> None:
    bundle = (STATIC / "vendor" / "swagger-ui-bundle.js").read_text(encoding="utf-8")
    made = re.findall(r"\beval\(|new Function\([^)]*\)", bundle)
    assert made == ['new Function("return this")']  # only where there is no globalThis, which every browser has
    listed = (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")
    for file in (STATIC / "vendor").iterdir():
        assert f"`{file.name}`" in listed or file.name == "README.md"
