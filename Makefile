# The two commands:  make run   serves the dashboard     make test   runs the tests that need no root
# And for work on the code:  make check   format, lint, types, security
PORT ?= 8501
PYTHON ?= python3

BIN := .venv/bin
INSTALLED := .venv/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check install

# The demo makes what is missing, and nothing twice: one model before the pages are served, the others meanwhile.
run: $(INSTALLED)
	@$(BIN)/python -m sentiment_core demo --background
	@exec $(BIN)/streamlit run dashboard/Home.py --server.port $(PORT) --server.headless true

test: $(INSTALLED)
	$(BIN)/pytest -m "not browser" -n 2 --dist worksteal

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict sentiment_core attacks dashboard
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive sentiment_core attacks dashboard
	$(BIN)/python .ci/audit.py

install: $(INSTALLED)

# Installed once; again only when the requirements change.
$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.11" >&2; exit 2; }
	@echo "Installing into .venv (once, some minutes) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q -r requirements.txt
	@touch $@
