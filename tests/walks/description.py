"""Every operation of the API as its own description tells it, with the body of a request that means well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

METHODS = ("get", "post", "put", "patch", "delete")
type Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method at one address; `fields` is the body by the description, `asks` its query parameters."""

    method: str
    path: str
    fields: Mapping[str, Schema] = field(default_factory=dict)
    asks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def collection(self) -> str:
        return self.path.split("{")[0]


class Description:
    """The API's description, its references followed."""

    def __init__(self) -> None:
        with GENERATOR_STATS.silence():
            self.schema: Schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]

    def operations(self) -> Iterator[Operation]:
        for path, methods in self.schema["paths"].items():
            for method in METHODS:
                if method in methods:
                    yield self._operation(method, path, methods[method])

    def resolved(self, schema: Schema) -> Schema:
        """The schema behind a reference or behind the only alternative that says something."""
        if "$ref" in schema:
            found: Schema = self.schema["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            return self.resolved(found)
        for many in ("allOf", "oneOf", "anyOf"):
            if many in schema:
                return self.resolved(schema[many][0])
        return schema

    def plausible(self, schema: Schema) -> Any:
        """Some value of the described kind."""
        known = self.resolved(schema)
        if "enum" in known:
            return known["enum"][0]
        kinds = known.get("type", "object")
        kind = kinds if isinstance(kinds, str) else kinds[0]
        by_format = {
            "date": "2026-06-01",
            "date-time": "2026-06-01T10:00:00Z",
            "decimal": "1.00",
            "email": "a@b.example",
        }
        if kind == "object":
            return {name: self.plausible(part) for name, part in known.get("properties", {}).items()}
        if kind == "array":
            return [self.plausible(known["items"])]
        plain = {"integer": 1, "number": 1, "boolean": True, "string": by_format.get(known.get("format", ""), "1")}
        return plain[kind]

    def answer(self, path: str, method: str) -> Schema:
        """The properties of what an operation answers when all is well."""
        told = self.schema["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        return self.properties(told)

    def properties(self, schema: Schema) -> Schema:
        """By name; of a list those of each row."""
        known = self.resolved(schema)
        found: Schema = self.properties(known["items"]) if "items" in known else known.get("properties", {})
        return found

    def words(self, schema: Schema) -> set[str]:
        """What a field of few words may hold, the empty one apart."""
        return {word for word in self.resolved(schema)["enum"] if word}

    def parameters(self, path: str) -> set[str]:
        return {each["name"] for each in self.schema["paths"][path]["get"]["parameters"]}

    def _operation(self, method: str, path: str, told: Schema) -> Operation:
        asks = tuple(each["name"] for each in told.get("parameters", ()) if each["in"] == "query")
        content = told.get("requestBody", {}).get("content", {}).get("application/json")
        body = self.resolved(content["schema"]) if content else {}
        fields = self.resolved(body["items"]) if body.get("type") == "array" else body
        return Operation(method, path, fields.get("properties", {}), asks)


class Examples:
    """Real ids for the places of addresses, and real rows to make plausible bodies from."""

    def __init__(self, description: Description, api: APIClient) -> None:
        self.description, self.api = description, api
        self.rows: dict[str, Schema | None] = {}

    def row(self, collection: str) -> Schema | None:
        """The first row of a list; None where there is none."""
        if collection not in self.rows:
            answer = self.api.get(collection, {"page_size": 1})
            found = answer.json().get("results") if answer.status_code == 200 else None
            self.rows[collection] = found[0] if found else None
        return self.rows[collection]

    def address(self, operation: Operation) -> str:
        row = self.row(operation.collection) if "{" in operation.path else None
        path = operation.path.replace("{id}", str(row["id"] if row else 1))
        lines = (row or {}).get("lines") or [{}]
        return path.replace("{line}", str(lines[0].get("id", 1)))

    def body(self, operation: Operation) -> dict[str, Any]:
        """What the first row of the list says, and what the description says where it says nothing."""
        row = (
            (self.row(operation.collection) or {})
            if operation.path == operation.collection or operation.path.endswith("{id}/")
            else {}
        )
        return {
            name: row[name] if name in row else self._named(name, schema) for name, schema in operation.fields.items()
        }

    def _named(self, name: str, schema: Schema) -> Any:
        """An id is that of a row of the resource that has its name."""
        plurals = {"assignee": "users", "to": "users", "lead": "users"}
        known = (
            self.row(f"/api/v1/{plurals.get(name, f'{name}s')}/")
            if "integer" in str(schema.get("type")) and name not in ("minutes", "days", "months")
            else None
        )
        return known["id"] if known else self.description.plausible(schema)
