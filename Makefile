# Two commands on a fresh machine: `make run` and `make test`. Both set up what they need first.
SHELL := /bin/sh
PY := .venv/bin/python
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header

.PHONY: run test setup setup-test setup-bench lint format unit servers e2e bench mutation manual lock

run: ## start the site (PORT, HOST, VAR_DIR, DATABASE_URL, REDIS_URL are honoured)
	@scripts/setup.sh run
	@exec $(PY) -m nanchang_ei.embedded run

setup: ## only what `make run` needs
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

setup-bench:
	@scripts/setup.sh bench

test: setup-test ## everything: lint, types, contracts, unit, integration, servers, browser
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory servers
	@$(MAKE) --no-print-directory e2e

lint: setup-test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy .
	$(PY) -c 'from importlinter.cli import lint_imports_command as run; run()'
	$(PY) -m djlint templates --lint --quiet

format: setup-test
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

unit: setup-test
	$(PY) -m pytest -q -n 2 -m "not e2e and not servers"

servers: setup-test
	$(PY) -m pytest -q -m servers

e2e: setup-test
	$(PY) -m pytest -q -m e2e

bench: setup-bench ## figures of speed; nothing is asserted
	$(PY) -m tests.bench

mutation: setup-test ## every small falsehood in the engine's source must be noticed; writes docs/mutation.md
	$(PY) -m tests.policies.mutation

manual: setup-test ## the pictures of docs/manual, taken anew from a site of their own
	$(PY) -m scripts.screenshots

lock: setup-test ## resolve requirements/*.in anew
	$(COMPILE) --upgrade requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) --upgrade requirements/base.in -o requirements/base.txt
	$(COMPILE) --upgrade requirements/dev.in -o requirements/dev.txt
	$(COMPILE) --upgrade requirements/bench.in -o requirements/bench.txt
