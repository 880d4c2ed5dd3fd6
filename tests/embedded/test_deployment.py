"""Locked requirements, set-up scripts and the compose file: what can be checked without a container engine."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from nanchang_ei.env import BASE_DIR

LOCKS = ["bootstrap.txt", "base.txt", "dev.txt"]
COMPOSE = BASE_DIR / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose() -> dict:
    """The compose file, anchors resolved."""
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def install() -> ModuleType:
    """scripts/install.py, which is a script and lies in no package."""
    spec = importlib.util.spec_from_file_location("install", BASE_DIR / "scripts" / "install.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", LOCKS)
def test_locks_pin_and_hash_every_package_and_name_no_address(name: str) -> None:
    text = (BASE_DIR / "requirements" / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE), "no options: an index line would be an address"
    entries = [entry for entry in text.replace("\\\n", " ").splitlines() if entry.strip()]
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+ ", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_tests_run_on_the_versions_that_the_site_runs_on() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (BASE_DIR / "requirements" / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))

    base, dev = pins("base.txt"), pins("dev.txt")
    assert base.items() <= dev.items()


@pytest.mark.parametrize("script", ["scripts/setup.sh", "deploy/start.sh", ".ci/run"])
def test_shell_scripts_parse_and_may_be_executed(script: str) -> None:
    path = BASE_DIR / script
    subprocess.run(["sh", "-n", path], check=True)
    assert path.stat().st_mode & 0o111
    assert "set -eu" in path.read_text(encoding="utf-8")


def test_continuous_integration_runs_what_a_person_runs() -> None:
    last = (BASE_DIR / ".ci/run").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert last == "exec make test"


def test_uv_is_told_what_pip_knows(install: ModuleType) -> None:
    listed = "\n".join(
        [
            "global.index-url='https://mirror.example/simple'",
            ":env:.extra-index-url='https://one.example/simple https://two.example/simple'",
            "global.timeout='60'",
            "global.cert='/etc/company.pem'",
        ]
    )
    result = install.uv_environment(listed, {"HOME": "/", "UV_DEFAULT_INDEX": "https://chosen.example/simple"})
    assert result["UV_DEFAULT_INDEX"] == "https://chosen.example/simple", "an explicit setting wins"
    assert result["UV_INDEX"] == "https://one.example/simple https://two.example/simple"
    assert result["SSL_CERT_FILE"] == "/etc/company.pem"
    assert not any("timeout" in key.lower() for key in result)


def test_uv_keeps_no_cache_where_there_is_no_home(install: ModuleType) -> None:
    assert install.uv_environment("", {"HOME": "/nonexistent"})["UV_NO_CACHE"] == "1"
    assert install.uv_environment("", {})["UV_NO_CACHE"] == "1"


def test_compose_has_every_part_and_each_is_watched(compose: dict) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "redis", "migrate", "web", "worker", "beat", "proxy"}
    for name, service in services.items():
        assert name == "migrate" or service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
        assert not service.get("privileged")
    for name in ("web", "worker", "beat", "migrate"):
        site = services[name]
        assert site["read_only"] is True
        assert site["cap_drop"] == ["ALL"]
        assert site["environment"]["DJANGO_SETTINGS_MODULE"] == "nanchang_ei.settings.production"
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    # Two beats would send everything twice; a second server leaves this profile out.
    assert services["beat"]["profiles"] == ["beat"]
    # The data services are not open to the network unless somebody says so.
    for name in ("postgres", "redis"):
        assert all(port.startswith("${DATA_BIND:-127.0.0.1}:") for port in services[name]["ports"])


def test_commands_of_the_containers_exist(compose: dict) -> None:
    start = (BASE_DIR / "deploy/start.sh").read_text(encoding="utf-8")
    check = (BASE_DIR / "deploy/healthcheck.py").read_text(encoding="utf-8")
    for name in ("web", "worker", "beat", "migrate"):
        assert compose["services"][name]["command"] == [name]
        assert f"    {name})" in start
    for name in ("web", "worker", "beat"):
        assert compose["services"][name]["healthcheck"]["test"] == ["CMD", "python", "deploy/healthcheck.py", name]
        assert f'"{name}": {name}' in check
    for source in re.findall(r"^COPY (?!--from)(\S+)", (BASE_DIR / "Dockerfile").read_text(), re.MULTILINE):
        assert (BASE_DIR / source).exists()


def test_every_variable_of_compose_is_explained_or_has_a_default() -> None:
    example = (BASE_DIR / "deploy/env.example").read_text(encoding="utf-8")
    explained = set(re.findall(r"^#?\s*(?:.*\s)?([A-Z_]+)=", example, re.MULTILINE))
    explained |= set(re.findall(r"\b([A-Z_]{4,})=", example))
    used = re.findall(r"(?<!\$)\$\{([A-Z_]+)(:-)?", COMPOSE.read_text(encoding="utf-8"))
    missing = {name for name, default in used if not default} - explained
    assert not missing


def test_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    """Where the client has compose; elsewhere the tests above have read the same file."""
    known = shutil.which("docker") and subprocess.run(
        ["docker", "compose", "version"], check=False, capture_output=True
    ).returncode == 0  # fmt: skip
    filled = tmp_path / "env"
    text = (BASE_DIR / "deploy/env.example").read_text(encoding="utf-8")
    filled.write_text(re.sub(r"^([A-Z_]+)=$", r"\1=filled", text, flags=re.MULTILINE))
    if known:
        command = ["docker", "compose", "--env-file", filled, "-f", COMPOSE, "config", "--quiet"]
        subprocess.run(command, check=True)
        empty = subprocess.run([*command[:2], "-f", COMPOSE, "config", "--quiet"], check=False, capture_output=True,
                               cwd=tmp_path)  # fmt: skip
        assert b"is missing a value" in empty.stderr
    else:
        assert yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["name"] == "nanchang-ei"


def test_the_proxy_does_not_pass_on_what_a_client_says_about_itself() -> None:
    text = (BASE_DIR / "deploy/nginx.conf.template").read_text(encoding="utf-8")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "proxy_set_header X-Forwarded-Proto https;" in text
    assert "$proxy_add_x_forwarded_for" not in text
    assert "non_idempotent" not in text, "a filing must not be sent twice by the proxy"
    for line in (line.strip() for line in text.splitlines()):
        assert not line or line.startswith("#") or line[-1] in ";{}", line
