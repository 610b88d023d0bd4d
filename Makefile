# The few verbs of this project. `make` alone lists them.

PYTHON := $(shell command -v python3 || command -v python3.13 || command -v python3.12 || command -v python3.11)
BIN := .venv/bin
# Without bytecode every process of a stack compiles its libraries anew: twice the time of a start.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help up down test test-fast test-containers pictures check bench lock pin sbom audit format installed installed-for-tests python

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: installed ## Start everything on this machine; Ctrl-C stops everything
	@exec $(BIN)/tyreloop up

down: ## Stop what `make up` started in another shell
	@test -x $(BIN)/tyreloop || { echo "Nothing is installed here, so nothing runs."; exit 0; }; exec $(BIN)/tyreloop down

test: installed-for-tests ## Run every test
	@exec $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0 $(ARGS)

test-fast: installed-for-tests ## Run what needs no browser, no stack and no database: under a minute
	@exec $(BIN)/python -m pytest -q --numprocesses 2 --dist loadfile -m "not browser and not stack and not slow" \
		tests/access tests/compose tests/deploy tests/docs tests/guards tests/ui tests/vision $(ARGS)

test-containers: installed-for-tests ## Walk through the whole stack in containers (needs an engine)
	@exec $(BIN)/python -m tests.containers

pictures: installed-for-tests ## Take every page's picture anew, into docs/images
	@exec $(BIN)/python -m pytest -q -p no:randomly tests/browser/pictures.py $(ARGS)

check: installed-for-tests ## Format, lint, types, import arrows, documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy deploy/packages.py deploy/lock.py
	$(BIN)/mypy deploy/sbom.py deploy/audit.py deploy/pin.py
	$(BIN)/lint-imports
	$(BIN)/deptry . --no-ansi
	ls postgres/migrations/00[2-9]*.sql 2>/dev/null | xargs -r $(BIN)/squawk
	$(BIN)/python -m pytest -q tests/docs tests/compose

format: installed-for-tests ## Rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: installed-for-tests ## Measure speed (see benchmarks/)
	$(BIN)/python -m benchmarks.run $(ARGS)

lock: installed-for-tests ## Resolve every dependency anew into the two lock files
	$(BIN)/python deploy/lock.py $(ARGS)

pin: python ## Hold the images of others to the digests of now (needs an engine and the network)
	@exec $(PYTHON) deploy/pin.py

sbom: python ## Print what the product is made of, as CycloneDX
	@exec $(PYTHON) deploy/sbom.py

audit: installed-for-tests ## Look for known weaknesses of the locked packages (needs the network)
	@exec $(BIN)/python deploy/audit.py

installed: python
	@$(PYTHON) deploy/install.py

installed-for-tests: python
	@$(PYTHON) deploy/install.py --dev

python:
	@test -n "$(PYTHON)" || { echo "Tyreloop needs Python 3.11, 3.12 or 3.13, and there is none here:"; \
		echo "install it and run this again."; exit 1; }
