# Everything is installed into .venv from hashed pins; nothing outside this folder is touched.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
MEMBERS := libs/trunkline services/dialer services/gateway services/intelligence-ingest services/llm-worker tools/twilio-emulator tools/trunkline-cli

.PHONY: help setup demo up-local test bench chaos check format types proto lock clean

help: ## Show this list
	@$(PYTHON) -c "import re; [print(f'  {name:10} {about}') for name, about in \
		re.findall(r'^([a-z-]+):.*## (.*)', open('Makefile').read(), re.M)]"

.venv/installed: requirements-dev.lock $(MEMBERS:%=%/pyproject.toml)
	@echo "Setting up .venv (about a minute the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

setup: .venv/installed ## Install everything into .venv

demo: setup ## Run real conversations over real Kafka on this machine, and show them
	@$(BIN)/trunkline demo

up-local: setup ## Start the local stack and the services, until Ctrl-C
	@$(BIN)/trunkline up

test: check ## Run everything CI runs: checks, then all tests on real Kafka and PostgreSQL
	@$(BIN)/pytest

bench: setup ## Measure what a turn, a result, a query and a list cost, and write it down in bench/results
	@$(BIN)/python bench/adapters.py
	@$(BIN)/python bench/ingest_results.py
	@$(BIN)/python bench/ingest_queries.py
	@$(BIN)/python bench/dialer_import.py
	@$(BIN)/python bench/dialer_pacing.py

chaos: setup ## Break the dialer in every way there is, and see what holds (SEED=, ROWS=, SCALE=, RUNS=)
	@$(BIN)/trunkline chaos $(if $(SEED),--seed $(SEED)) $(if $(ROWS),--rows $(ROWS)) \
		$(if $(SCALE),--scale $(SCALE)) $(if $(RUNS),--runs $(RUNS))

check: setup ## Check format, lint, types and contracts
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@for member in $(MEMBERS); do $(BIN)/mypy --no-error-summary $$member/src $$member/tests || exit 1; done
	@$(BIN)/mypy --no-error-summary conftest.py
	@$(BIN)/mypy --no-error-summary tests
	@$(BIN)/mypy --no-error-summary bench
	@cd proto && ../$(BIN)/buf lint

format: setup ## Format the code and mend what the linter can
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

proto: setup ## Generate code from proto/
	@$(BIN)/python -m trunkline_cli.proto

lock: setup ## Resolve the pins again
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header \
		$(foreach package,trunkline trunkline-dialer trunkline-gateway trunkline-intelligence-ingest trunkline-llm-worker trunkline-twilio-emulator trunkline-cli,--no-emit-package $(package)) \
		--group dev pyproject.toml --output-file requirements-dev.lock

clean: ## Remove .venv, build and the local stack's data
	@rm -rf .venv build .trunkline
