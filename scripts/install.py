"""Install exactly one lock file into the .venv whose Python runs this script.

uv does it in seconds where pip takes half a minute. uv does not read pip's configuration (mirror, certificate, proxy),
so what pip knows is handed to it; where uv cannot be had or fails, pip itself installs the same hashes.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

_REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"

# pip's option: (uv's variable, separator of several values)
_SAME = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "proxy": ("ALL_PROXY", " "),
}


def uv_environment(pip_configuration: str, environment: dict[str, str]) -> dict[str, str]:
    """Return the environment for uv: the given one plus what `pip config list` printed, explicit settings first."""
    found: dict[str, list[str]] = {}
    for line in pip_configuration.splitlines():
        key, _, value = line.partition("=")
        option = key.rpartition(".")[2]
        if option in _SAME:
            found.setdefault(option, []).extend(str(ast.literal_eval(value)).split())
    result = dict(environment)
    for option, values in found.items():
        variable, separator = _SAME[option]
        result.setdefault(variable, separator.join(dict.fromkeys(values)))
    # The lock has a hash for every file, so it does not matter which of several indexes delivers it.
    result.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    # A company's own certificate authority is known to the system, not to uv; a bare machine has no list of its own.
    if Path("/etc/ssl/certs/ca-certificates.crt").exists():
        result.setdefault("UV_SYSTEM_CERTS", "true")
    if not os.access(environment.get("HOME") or "/nonexistent", os.W_OK):
        result["UV_NO_CACHE"] = "1"
    return result


def main(lock: Path) -> int:
    """Install `lock`; return the exit status of the installer that did it."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    hashed = ["install", "--require-hashes", "--no-deps", "--requirement"]
    bootstrap = subprocess.run([*pip, *hashed, _REQUIREMENTS / "bootstrap.txt"], check=False)
    if bootstrap.returncode == 0:
        listed = subprocess.run([*pip, "config", "list"], check=False, capture_output=True, text=True).stdout
        command: list[str | Path] = [
            Path(sys.executable).with_name("uv"),
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
        ]
        command += ["--python", sys.executable, "--requirement", lock]
        if subprocess.run(command, env=uv_environment(listed, dict(os.environ)), check=False).returncode == 0:
            return 0
    print("uv 未能完成安装，改用 pip（较慢）……", file=sys.stderr, flush=True)
    return subprocess.run([*pip, *hashed, lock], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
