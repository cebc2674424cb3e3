# `make help` lists the targets. Each works alone on a fresh clone, and offline after the first time.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
ALONE := not integration and not browser
# What tests write is gone with them: in memory, where there are 2 GB of it, none waits for a disk.
IN_MEMORY := $(shell df -Pm /dev/shm 2>/dev/null | \
	awk 'NR == 2 && $$4 >= 2048 { print "PYTEST_DEBUG_TEMPROOT=/dev/shm" }')

# Containers like to set it, and then each process of each test compiles every source again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast coverage check format bench bench-kafka bench-latency chaos attack soak screenshots manual lock wheel-check bundle clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## Build .venv from requirements.lock (done once, and again when the lock changes)

# The stamp is written last, so an interrupted setup is taken up again.
.venv/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
		{ echo "Huiyin needs Python 3.11 or newer, and there is no $(PYTHON) here."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
		"Huiyin needs Python 3.11 or newer; $(PYTHON) is " + sys.version.split()[0] + \
		". If there is another one: make setup PYTHON=python3.11")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv module (Debian: apt-get install python3-venv)."; exit 1; }
	@echo "1/3 Python environment in .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "2/3 Packages of requirements.lock: two minutes or so, pip names each as it comes"
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "3/3 Huiyin itself"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## Start everything in one process with sample data; prints the address
	$(BIN)/huiyin run --demo

# What needs no server shares nothing and runs on all cores. With servers two run side by side, those
# that need Kafka or Elasticsearch and the others: so each server is started once.
test: setup ## Run all tests; those that need a missing server say so and are skipped
ifeq ($(ARGS),)
	$(IN_MEMORY) $(BIN)/python -m pytest -m "$(ALONE)" -n auto --dist loadfile
	$(BIN)/python -m pytest -m "not ($(ALONE))" -n 2 --dist loadgroup
else
	$(BIN)/python -m pytest $(ARGS)
endif

test-fast: setup ## Run the tests that need neither a server nor a browser nor patience
	$(IN_MEMORY) $(BIN)/python -m pytest -m "$(ALONE) and not slow" -n auto --dist loadfile \
		--hypothesis-profile=fast $(ARGS)

# pytest-cov compares with the floor in pyproject.toml.
coverage: setup ## Measure which lines of the rules and the ground their tests reach; fails below the floor
	$(IN_MEMORY) $(BIN)/python -m pytest -m "$(ALONE) and not slow and not no_cover" -n auto --dist loadfile \
		--hypothesis-profile=fast --cov --cov-report=term tests/cases tests/huiyin tests/reporting

check: setup ## Check format, lint, types, import directions and the documentation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest --quiet tests/docs

format: setup ## Format the code and fix what ruff can fix by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: setup ## Measure items per second from file to ledger, and where the time goes
	$(BIN)/python -m benchmarks $(ARGS)

bench-kafka: setup ## Measure the production mode against its references, in one run
	$(BIN)/python -m benchmarks.kafka $(ARGS)

bench-latency: setup ## Measure the time from a danger at the door to the robot and to the open page, both runtimes
	$(BIN)/python -m benchmarks.latency $(ARGS)

chaos: setup ## Break workers, broker and ledger in every way we know, and count what is left
	$(BIN)/python -m tests.chaos $(ARGS)

attack: setup ## Attack a desk in every way we know, over real sockets, and print what held
	$(BIN)/python -m tests.attack $(ARGS)

soak: setup ## Kill a desk 200 times, cut its logs, fuzz each door 100,000 times; hours (ARGS=durability: 15 minutes)
	$(BIN)/python -m tests.soak $(ARGS)

screenshots: setup ## Photograph every page for every role, at 1366 and 390 pixels (needs chromium)
	$(BIN)/python -m tests.screenshots $(ARGS)

manual: setup ## Take the pictures of 使用手册; a wheel built afterwards carries them (needs chromium)
	$(BIN)/python -m tests.manual_pictures

lock: ## Resolve pyproject.toml into requirements.lock anew (needs uv and a network)
	uv pip compile pyproject.toml --all-extras --group dev --python-version 3.11 --universal \
		--generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock

# The wheel declares ranges; the lock without its hashes keeps the clean environment the tested one.
wheel-check: setup ## Build the wheel, install it in a clean environment and start it there
	rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/hatchling build -t wheel -d build/wheel
	sed -e '/^ *--hash/d' -e 's/ *\\$$//' requirements.lock > build/wheel/constraints.txt
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/python -m pip install --quiet -c build/wheel/constraints.txt build/wheel/*.whl
	cd build/wheel && venv/bin/huiyin --help > /dev/null
	cd build/wheel && HUIYIN_HOME=home venv/bin/huiyin doctor

# KEY=private.pem signs the checksums; ARGS="--architecture x86_64 --python 3.11" for a part of it.
bundle: setup ## Build the archives that install without a network, in dist/ (docs/install.md)
	$(BIN)/python -m bundle $(if $(KEY),--key $(KEY)) $(ARGS)

clean: ## Remove .venv, builds and caches; data in ./var stays
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
