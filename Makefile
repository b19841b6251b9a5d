# elicense. `make` without an argument lists the targets; each describes itself after the two hashes.
# Needed beforehand: python3 (3.11 or newer, with venv) and make. All else goes into .venv.

.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ok
ARGS ?=

# uv shall use the Python that is there and never try to download one.
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# A step's title on one line.
say = @printf '\033[1m== %s\033[0m\n'

##@ The two commands

.PHONY: demo
demo: $(READY) ## Play the whole story on this machine: register, mint, scan, judge; results in demo/
	@$(BIN)/python -m examples.demo $(ARGS)

.PHONY: test
test: $(READY) ## Run all tests (ARGS="-k name" passes words on to pytest)
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

##@ Use

.PHONY: serve
serve: $(READY) ## Keep issuer and verifier running on the data of the demo
	@$(BIN)/python -m examples.serve $(ARGS)

.PHONY: bench
bench: $(READY) ## Measure, side by side with the bare libraries and the peers
	@$(BIN)/python -m benchmarks $(ARGS)

##@ Work on it

.PHONY: check
check: lint types imports vectors-check schemas-check test ## Everything a change must pass; tests come last

.PHONY: format
format: $(READY) ## Lay out the code and sort its imports
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format --quiet .

.PHONY: lint
lint: $(READY) ## Layout and style
	$(say) "ruff format"
	@$(BIN)/ruff format --check .
	$(say) "ruff check"
	@$(BIN)/ruff check .

.PHONY: types
types: $(READY) ## Types, strictly
	$(say) "mypy"
	@$(BIN)/mypy

.PHONY: imports
imports: $(READY) ## Which package may import which
	$(say) "import-linter"
	@$(BIN)/lint-imports --no-logo

.PHONY: docs
docs: $(READY) ## Run the commands and examples of the documents, and the project's other tests of itself
	@$(BIN)/python -m pytest -n 2 tests/project $(ARGS)

.PHONY: docs-cli
docs-cli: $(READY) ## Write docs/cli.md anew from the programs' --help
	@$(BIN)/python -m tests.project.cli_reference > docs/cli.md.new && mv docs/cli.md.new docs/cli.md

.PHONY: docs-format
docs-format: $(READY) ## Write tables and examples of the format's documents anew from the code
	@$(BIN)/python -m tests.make_format

##@ Made files

.PHONY: vectors
vectors: $(READY) ## Write the test vectors anew
	@$(BIN)/python -m tests.make_vectors tests/vectors
	@$(BIN)/python -m tests.make_live_vectors tests/vectors/live

.PHONY: vectors-check
vectors-check: $(READY) ## Write the vectors elsewhere and compare: no difference allowed
	$(say) "vectors"
	@rm -rf .build/vectors && mkdir -p .build/vectors
	@$(BIN)/python -m tests.make_vectors .build/vectors
	@mkdir -p .build/vectors/live && $(BIN)/python -m tests.make_live_vectors .build/vectors/live
	@cd .build/vectors && for made in *; do diff -r "$$made" "$(CURDIR)/tests/vectors/$$made" \
	  || { echo "tests/vectors/$$made differs from what is made: 'make vectors', then look at the change."; exit 1; }; done

.PHONY: schemas
schemas: $(READY) ## Write the schemas that are made from code (JSON Schema, OpenAPI)
	@$(BIN)/python -m tests.make_schemas schemas

.PHONY: schemas-check
schemas-check: $(READY) ## Write them elsewhere and compare
	$(say) "schemas"
	@rm -rf .build/schemas && mkdir -p .build/schemas
	@$(BIN)/python -m tests.make_schemas .build/schemas
	@cd .build && find schemas -type f | while read -r made; do diff "$$made" "$(CURDIR)/$$made" \
	  || { echo "schemas/ differs from what the code makes: 'make schemas', then look at the change."; exit 1; }; done

.PHONY: constraints
constraints: $(READY) ## Look for newer releases of all dependencies and pin them
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group build --universal --python-version 3.11 --upgrade \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet --output-file constraints.txt
	@git --no-pager diff --stat -- constraints.txt

##@ Housekeeping

.PHONY: clean
clean: ## Remove what was made here, the demo's data too; keep .venv
	@rm -rf .build build dist demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## Remove .venv as well
	@rm -rf $(VENV)

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

# Set up once, and again whenever the two files change.
$(READY): pyproject.toml constraints.txt $(wildcard */web/vendor.lock.json tests/web/vendor.lock.json)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "elicense needs Python 3.11 or newer; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1 || true)"; \
	  echo "What to do: install one (Debian, Ubuntu: apt install python3 python3-venv) and name it: make PYTHON=python3.12 ..."; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python has no venv module (Debian packs it apart)."; \
	  echo "What to do: apt install python3-venv"; \
	  exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  echo "1/3  making a virtual environment in $(VENV)"; $(PYTHON) -m venv --clear $(VENV); }
	@echo "2/3  installing uv, the installer, inside it"
	@$(BIN)/python -m pip install -qq --constraint constraints.txt uv || { \
	  echo "What to do: a package index must be reachable the first time (pip's own settings are used)."; exit 1; }
	@echo "3/3  installing the packages pinned in constraints.txt"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraints constraints.txt \
	  --build-constraints constraints.txt --editable '.[issuer,verifier,dev]'
	@$(BIN)/python .ci/vendor.py
	@touch $@
