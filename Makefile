# Every command of the project. `make help` lists them; a fresh clone needs make, git and Python 3.11 or newer.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export PYTHONUTF8 := 1
# The tests start hundreds of processes: what those import is compiled once, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

python := .venv/bin/python
uv := .venv/bin/uv
install := $(uv) pip install --quiet --require-hashes
# Node of the system when it is new enough, else the one installed into .venv.
with_node := PATH="$$PWD/.venv/bin:$$PATH"
client_sources := $(shell find static service_worker -type f -not -path 'static/dist/*' 2>/dev/null)

# npm reads the list of trusted certificates from one variable only; others are used to naming it otherwise.
certificates := $(or $(NODE_EXTRA_CA_CERTS),$(SSL_CERT_FILE),$(REQUESTS_CA_BUNDLE),$(PIP_CERT))
ifneq ($(certificates),)
export NODE_EXTRA_CA_CERTS := $(certificates)
endif

.PHONY: help setup run dev test check lint types collected format bench soak scan screenshots lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/packages .venv/client ## install what is needed into .venv and node_modules, build the client
	@:

run: setup ## serve the guide on http://localhost:8000, creating its database on first start
	$(python) -m pwa serve

dev: setup ## the same, built and started anew when a file changes
	@$(with_node) node static/build.mjs --watch & builder=$$!; trap "kill $$builder" EXIT; \
	$(python) -m watchfiles '$(python) -m pwa serve' pwa static/dist

test: setup ## everything but bench, soak and scan; on Debian as root it installs the browsers and servers it needs
	$(python) tests/prerequisites.py
	$(MAKE) --no-print-directory --jobs 2 lint types collected
	$(python) -m pytest -n 4 --dist loadfile --no-loadscope-reorder

check: setup lint types ## lint, types and the quick tests
	$(python) -m pytest -n 2 --dist loadfile tests/architecture tests/unit

lint: setup
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(with_node) node_modules/.bin/biome ci --error-on-warnings

types: setup
	$(python) -m mypy
	$(with_node) node_modules/.bin/tsc --project static
	$(with_node) node_modules/.bin/tsc --project service_worker
	$(with_node) node_modules/.bin/tsc --project tests/unit/worker
	$(with_node) node_modules/.bin/tsc --project tests/unit/journal

# Four processes that collect would each compile every test and all that it imports.
collected: setup
	@$(python) -m pytest --collect-only -qq > .venv/collected || { cat .venv/collected; exit 1; }

format: setup ## put every file into the one format
	$(python) -m ruff check --fix --exit-zero
	$(python) -m ruff format
	$(with_node) node_modules/.bin/biome check --write

bench: setup build/bench/packages build/bench-npm/packages ## measure against the peers; prints tables, writes build/bench.json
	$(python) tests/prerequisites.py bench
	$(with_node) $(python) -m tests.bench

soak: setup ## the long versions of the fault tests
	$(python) -m pytest -m soak --timeout 7200

scan: setup build/scan/packages ## look for holes: wapiti as everyone, 20,000 made-up requests; writes build/scan.json
	$(python) -m tests.scan

screenshots: setup ## make the pictures of docs/screenshots anew
	$(python) -m tests.browser.screenshots

lock: setup ## write the lists of exact versions anew, after a change of pyproject.toml or package.json
	set -- --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command 'make lock'; \
	$(uv) pip compile "$$@" pyproject.toml --output-file requirements/runtime.txt; \
	$(uv) pip compile "$$@" pyproject.toml --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt; \
	for group in bench installer node; do \
		$(uv) pip compile "$$@" --group $$group --constraint requirements/dev.txt --output-file requirements/$$group.txt; \
	done; \
	: The scanner pins versions of its own.; \
	$(uv) pip compile "$$@" --group scan --output-file requirements/scan.txt
	@# In an empty folder: beside a filled node_modules npm drops other systems' packages from the lock.
	rm -rf build/lock && mkdir -p build/lock && cp package.json .npmrc build/lock/
	cd build/lock && PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --loglevel error
	cp build/lock/package-lock.json package-lock.json

clean: ## remove what was installed and built; databases stay
	rm -rf .venv node_modules static/dist build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Below: what the commands rest on. Each target is a stamp, so that a second run does nothing.

# The first Python that really runs and is new enough: a version manager may leave a name that runs nothing, and Debian
# keeps the venv module in a package of its own.
.venv/installer: requirements/installer.txt
	@find_python() { \
		for name in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3); do \
			if "$$name" -c "import $$1, sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then echo "$$name"; return; fi; \
		done; \
	}; \
	found=$$(find_python ensurepip); \
	if [ -z "$$found" ] && [ -n "$$(find_python sys)" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Python's venv module with apt"; \
		apt-get -qq -o DPkg::Lock::Timeout=300 update; \
		DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends python3-venv; \
		found=$$(find_python ensurepip); \
	fi; \
	if [ -z "$$found" ]; then \
		echo 'No Python 3.11 or newer with its venv module was found. Install one (on Debian: apt-get install python3 python3-venv),' >&2; \
		echo 'or name it: make setup PYTHON=/path/to/python3' >&2; exit 1; \
	fi; \
	if ! $(python) -m pip --version >/dev/null 2>&1; then \
		echo "Setting up .venv with $$("$$found" --version)"; "$$found" -m venv --clear .venv; \
	fi
	$(python) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $<
	@touch $@

.venv/packages: .venv/installer requirements/dev.txt
	$(install) -r requirements/dev.txt
	@touch $@

.venv/node: .venv/installer requirements/node.txt
	@if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || ! command -v npm >/dev/null; then \
		echo 'No Node 20 or newer here: installing one into .venv'; $(install) -r requirements/node.txt; \
	fi
	@touch $@

node_modules/.package-lock.json: .venv/node package.json package-lock.json .npmrc
	$(with_node) npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

.venv/client: node_modules/.package-lock.json $(client_sources)
	$(with_node) node static/build.mjs
	@touch $@

build/bench/packages: .venv/installer requirements/bench.txt
	$(uv) venv --quiet --clear --python $(python) build/bench
	$(install) --python build/bench/bin/python -r requirements/bench.txt
	@touch $@

build/scan/packages: .venv/installer requirements/scan.txt
	$(uv) venv --quiet --clear --python $(python) build/scan
	$(install) --python build/scan/bin/python -r requirements/scan.txt
	@touch $@

# Exact versions without a lock: one of Lighthouse's packages asks for the latest of another, which no lock can hold.
build/bench-npm/packages: .venv/node .npmrc tests/bench/package.json
	mkdir -p build/bench-npm && cp .npmrc tests/bench/package.json build/bench-npm/
	cd build/bench-npm && PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --no-package-lock --loglevel error
	@touch $@
