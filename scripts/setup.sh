#!/bin/sh
# Makes this clone ready: system packages, .venv, locked Python packages.
#   scripts/setup.sh run    what `make run` needs
#   scripts/setup.sh test   the same and what `make test` needs
#   scripts/setup.sh bench  the same and what `make bench` needs
# A second call finds its stamp and returns at once.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}
case $purpose in
    run) packages="requirements/debian.txt" lock=requirements/base.txt ;;
    test) packages="requirements/debian.txt requirements/debian-test.txt" lock=requirements/dev.txt ;;
    bench) packages="requirements/debian.txt requirements/debian-test.txt" lock=requirements/bench.txt ;;
    *) echo "usage: scripts/setup.sh [run|test|bench]" >&2; exit 2 ;;
esac

# The folder is part of the stamp: a moved .venv does not work.
wanted() {
    { pwd -P; cat requirements/bootstrap.txt "$1" $2 scripts/setup.sh scripts/install.py; } | sha256sum
}
stamped() {
    [ -x .venv/bin/python ] && [ -f ".venv/.ready-$1" ] && [ "$(cat ".venv/.ready-$1")" = "$2" ]
}
stamp=$(wanted "$lock" "$packages")
stamped "$purpose" "$stamp" && exit 0
# Whoever may bench may test, and whoever may test may run.
tests="requirements/debian.txt requirements/debian-test.txt"
if [ "$purpose" != bench ] && stamped bench "$(wanted requirements/bench.txt "$tests")"; then
    exit 0
fi
if [ "$purpose" = run ] && stamped test "$(wanted requirements/dev.txt "$tests")"; then
    exit 0
fi

# One set-up at a time; the lock is on the folder itself and ends with this process.
exec 9< .
if ! flock -n 9; then
    echo "另一个安装过程正在进行，等待其结束……"
    flock 9
    stamped "$purpose" "$stamp" && exit 0
fi

find_python() {
    for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "需要 Python 3.11 或更新版本，但没有找到。Debian 12：apt install python3" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
can_be_root() {
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || { command -v sudo >/dev/null && [ -t 0 ]; }
}

apt_install() {
    echo "安装系统软件包：$*"
    options="-qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0"
    # The lists are fetched only when there are none or they are too old for the packages on the mirror.
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install $options "$@" >/dev/null 2>&1; then
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install $options "$@" >/dev/null
    fi
}

python=$(find_python)
missing=
if command -v dpkg-query >/dev/null; then
    for name in $(sed 's/#.*//' $packages); do
        # Ubuntu ships chromium as a snap only; there the browser comes from Playwright (below).
        [ "$name" = chromium ] && grep -q '^ID=ubuntu' /etc/os-release && continue
        dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null | grep -q '^installed' || missing="$missing $name"
    done
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        missing="$missing $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    fi
    if [ -n "$missing" ]; then
        if ! can_be_root; then
            echo "缺少系统软件包，且当前用户不能使用 sudo。请管理员执行：" >&2
            echo "    apt-get install --no-install-recommends$missing" >&2
            exit 1
        fi
        apt_install $missing
    fi
else
    echo "不是 Debian 或 Ubuntu，请自行确认已装有与下列软件包相当的程序：" $(sed 's/#.*//' $packages) >&2
fi

echo "安装 Python 软件包……"
# A .venv in use is added to, not wiped: the site may be running from it. A moved or broken one is made anew.
if [ "$(cat .venv/.place 2>/dev/null)" != "$(pwd -P)" ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear .venv
    pwd -P > .venv/.place
fi
.venv/bin/python scripts/install.py "$lock"

if [ "$purpose" != run ] && [ ! -x /usr/bin/chromium ]; then
    if can_be_root; then deps=--with-deps; else deps=; fi
    .venv/bin/python -m playwright install $deps chromium
fi
echo "$stamp" > ".venv/.ready-$purpose"
