"""What the server gives the page: files, texts and lists, each with its tag; the command line names the address."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.verifier.page.site import Site
from tests.world import T0, World
from verifier.texts import LANGS
from verifier.web import icons, pages


def _get(site: Site, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), data


def test_every_file_is_served_with_its_type_and_tag(site: Site) -> None:
    for name, asset in pages.assets().items():
        status, headers, data = _get(site, f"/v/{name}")
        assert (status, data) == (200, asset.data), name
        assert headers["Cache-Control"] == "no-cache"
        again, _, empty = _get(site, f"/v/{name}", **{"If-None-Match": headers["ETag"]})
        assert (again, empty) == (304, b"")
        _, squeezed, small = _get(site, f"/v/{name}", **{"Accept-Encoding": "gzip"})
        if squeezed.get("Content-Encoding") == "gzip":
            assert gzip.decompress(small) == asset.data
            assert squeezed["ETag"] != headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        "/v/", "/v/nothing.js", "/v/package.json", "/v/../texts/zh.json", "/v/%2e%2e/texts/zh.json", "/v/page/",
        "/v/page", "/v/lists/", "/v/lists/index", "/v/lists/0", "/v/lists/../index.json", "/v/judge//cbor.js",
        "/v/lists/%2e%2e%2fanchor.json", "/v/templates/page.html", "/static/page.css",
    ],
)  # fmt: skip
def test_nothing_else_is_served(site: Site, path: str) -> None:
    status, headers, _ = _get(site, path)
    assert status in {404, 308}
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_front_leads_to_the_page_and_a_browser_keeps_the_fragment(site: Site) -> None:
    status, headers, _ = _get(site, "/")
    assert (status, headers["Location"]) == (302, "/v")


def test_the_lists_are_those_of_the_folder(site: Site, world: World) -> None:
    index = json.loads(_get(site, "/v/lists/index.json")[2])
    assert index["anchor"] == world.anchor.to_json()
    uri = world.hainan.list_uri(1)
    assert list(index["status_lists"]) == [uri]
    for digest, expected in (
        (index["trust_list"], world.signed_trust()),
        (index["status_lists"][uri], world.status_token(T0)),
    ):
        status, headers, data = _get(site, f"/v/lists/{digest}")
        assert (status, data) == (200, expected)
        assert hashlib.sha256(data).hexdigest() == digest
        assert "immutable" in headers["Cache-Control"]
    tag = _get(site, "/v/lists/index.json")[1]["ETag"]
    site.folder.put_status_list(world.status_token(T0 + 60), uri, world.opened())
    status, headers, data = _get(site, "/v/lists/index.json", **{"If-None-Match": tag})
    assert status == 200
    assert json.loads(data)["status_lists"][uri] != index["status_lists"][uri]


def test_the_worker_names_a_version_that_changes_with_the_code(site: Site) -> None:
    first = _get(site, "/v/sw.js")[2].partition(b"\n")[0]
    build: dict[str, Any] = json.loads(first.removeprefix(b"const BUILD = ").removesuffix(b";"))
    assert set(build["files"]) == set(pages.assets()) - {"sw.js"}
    assert len(build["version"]) == 16
    assert _get(site, "/v/sw.js")[1]["Service-Worker-Allowed"] == "/v"


@pytest.mark.parametrize("size", icons.SIZES)
def test_icons_are_pictures_of_their_size(site: Site, size: int) -> None:
    with Image.open(io.BytesIO(_get(site, f"/v/icon-{size}.png")[2])) as icon:
        assert icon.size == (size, size)


_BUILT: Final = ("answers_", "camera_denied", "camera_missing", "camera_failed")
"""Names that the code puts together."""


def test_the_texts_of_the_page_are_the_same_in_both_languages_and_all_are_used() -> None:
    zh, en = (pages.texts()[lang]["page"] for lang in LANGS)
    assert zh.keys() == en.keys()
    assert zh["problems"].keys() == en["problems"].keys()
    folder = Path(pages.__file__).parent
    drawn = [folder / "templates" / name for name in ("base.html", "page.html")]
    code = "".join(path.read_text("utf-8") for path in [*folder.rglob("page/*.js"), *drawn])
    for name in zh:
        assert f'"{name}"' in code or f".{name}" in code or name.startswith(_BUILT), f"{name} is used nowhere"
        if isinstance(zh[name], str):
            assert _places(zh[name]) == _places(en[name]), name


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_command_prints_the_address_of_the_page(site: Site) -> None:
    command = [
        sys.executable,
        "-m",
        "verifier.cli",
        "serve",
        "--folder",
        str(site.folder.path),
        "--port",
        "0",
        "--refresh-every",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            assert server.stdout
            line = next(one for one in server.stdout if "http://" in one)
            address = next(word for word in line.split() if word.startswith("http://"))
            assert address.endswith("/v")
            connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
            connection.request("GET", "/v")
            assert b"<!doctype html>" in connection.getresponse().read()
            connection.close()
        finally:
            server.terminate()
            server.wait(10)
