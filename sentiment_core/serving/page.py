"""The API's page for a person: every address and what it takes, from its OpenAPI description."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import urlsplit

STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: .9rem/1.4 ui-monospace, monospace }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
pre { padding: .6rem .8rem; border: 1px solid #8888; border-radius: .3rem }
h2 { margin-top: 2rem }
dt { font-weight: 600; margin-top: .5rem }
"""


def page_of(description: Mapping[str, Any], base: str) -> str:
    """Return an HTML page of an OpenAPI description; `base`: the address at which it is asked for."""
    info = description["info"]
    groups: dict[str, list[str]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            section = "".join(_operation(description, base.rstrip("/") + path, method.upper(), operation))
            groups.setdefault(operation["tags"][0], []).append(section)
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(sections)}" for tag, sections in groups.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>'
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['summary'])}</p>"
        '<p>The whole description: <a href="/openapi.json">/openapi.json</a></p>'
        f"{body}</main></body></html>"
    )


def _operation(
    description: Mapping[str, Any], address: str, method: str, operation: Mapping[str, Any]
) -> Iterator[str]:
    yield f"<h3><code>{method} {escape(urlsplit(address).path)}</code></h3>"
    yield f"<p>{escape(operation['description'])}</p>"
    schema = _body_of(description, operation)
    if schema is None:
        return
    rows = [(name, field.get("description", "")) for name, field in schema["properties"].items()]
    yield (
        "<dl>" + "".join(f"<dt><code>{escape(a)}</code></dt><dd>{escape(b)}</dd>" for a, b in rows) + "</dl>"
    )
    example = json.dumps({"inputs": schema["properties"]["inputs"]["examples"][0]})
    yield (
        f"<pre>curl -H 'Content-Type: application/json' -d '{escape(example, quote=False)}' "
        f"{escape(address)}</pre>"
    )


def _body_of(description: Mapping[str, Any], operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if "requestBody" not in operation:
        return None
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    found: Mapping[str, Any] = description["components"]["schemas"][name]
    return found
