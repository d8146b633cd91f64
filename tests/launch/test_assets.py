"""Front-end packages: what pages name is there, nothing names a file that is not, no lock file names a registry."""

import json
import re
import subprocess

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings
from PIL import ImageFont

from crm.launch.assets import DOCUMENT_FONTS, SERVED, find_npm, served_text
from crm.launch.places import ROOT

LETTERS = "ЖжЁёßÄ€₽№«»—−"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The static files by the names under which production serves them, without its slow compression."""
    target = tmp_path_factory.mktemp("static")
    storage = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    with override_settings(STATIC_ROOT=target, STORAGES={**settings.STORAGES, "staticfiles": storage}):
        call_command("collectstatic", interactive=False, verbosity=0)
    names: dict[str, str] = json.loads((target / "staticfiles.json").read_text())["paths"]
    return names


def test_static_files_carry_the_hash_of_their_content(served: dict[str, str]) -> None:
    assert re.fullmatch(r"vendor/tabler\.min\.[0-9a-f]{12}\.css", served["vendor/tabler.min.css"])


def test_every_static_file_that_a_template_names_is_there(served: dict[str, str]) -> None:
    templates = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
    named = set(re.findall(r"""{% static ['"]([^'"]+)['"] %}""", templates))
    assert named
    assert named <= set(served)


def test_a_style_loses_the_names_of_files_that_are_not_served() -> None:
    icons = '@font-face{src:url("./i.woff2?v3") format("woff2"),url("./i.woff?") format("woff")}'
    assert served_text(icons) == '@font-face{src:url("./i.woff2?v3") format("woff2")}'
    assert served_text("a{}\n/*# sourceMappingURL=a.css.map */") == "a{}\n"
    assert served_text("f()\n//# sourceMappingURL=f.js.map") == "f()\n"


def test_only_what_pages_use_is_served() -> None:
    assert sum(path.stat().st_size for path in SERVED.rglob("*")) < 4_000_000


def test_the_faces_of_documents_have_every_letter_and_currency() -> None:
    faces = sorted(DOCUMENT_FONTS.glob("*.ttf"))
    assert len(faces) == 4
    for face in faces:
        font = ImageFont.truetype(str(face), 24)
        absent = bytes(font.getmask("\U0010fffe"))
        assert [letter for letter in LETTERS if bytes(font.getmask(letter)) == absent] == []


def test_node_comes_with_the_packages_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    command, environment = find_npm()
    done = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout.split(".")[0]) >= 10


def test_lock_files_carry_hashes_and_no_address() -> None:
    front_end = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package for name, package in front_end.items() if name)
    assert not any("resolved" in package for package in front_end.values())
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
