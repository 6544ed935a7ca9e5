# The commands of this project. Each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test format bench pictures clean

help: ## show these lines
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml requirements.txt
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cosell needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(READY) ## play one deal's story on stand-ins, then keep serving (ONCE=1: stop after it)
	@$(BIN)/cosell demo $(if $(ONCE),--once)

test: $(READY) ## lint, format check, strict types and the whole suite
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/pytest --numprocesses=auto --dist=worksteal

format: $(READY) ## put every file into its format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(READY) ## measure: acks, click to verified, start and memory, the page
	@$(BIN)/python -m bench

pictures: $(READY) ## take the pictures in docs/ anew, from the browser tests (needs chromium)
	@COSELL_PICTURES=docs/pictures $(BIN)/pytest --numprocesses=auto tests/browser/test_story.py tests/browser/test_scores.py tests/browser/test_summaries.py

clean: ## remove what the commands above made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info
