# Every target works on a fresh machine with Python 3.11 or newer and nothing else.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test test-quick install lint bench bench-million messages
run: export SITE_URL := http://127.0.0.1:$(PORT)
run: export PORT := $(PORT)
run: $(VENV)/.installed
	@$(BIN)/python manage.py first_run
	@echo "Newsroom is at $$SITE_URL/ and its admin at $$SITE_URL/admin/"
	@exec deploy/run.sh $(BIN)

install: $(VENV)/.installed

test: $(VENV)/.tested
	@$(BIN)/python -m tests $(ARGS)

# SQLite alone, without browsers and the slow classes: for daily work.
test-quick: $(VENV)/.tested
	@$(BIN)/python -m tests --quick $(ARGS)

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	SITE_URL=https://news.example ALLOWED_HOSTS=news.example SECRET_KEY=lint-lint-lint-lint-lint-lint-lint-lint-lint-lint-0123456789 $(BIN)/python manage.py check --deploy --fail-level WARNING

# About 20 minutes on two cores that do nothing else; QUICK=1 takes three, ONLY=serving one part.
bench: $(VENV)/.tested
	@$(BIN)/python -m bench

# A million posts on SQLite and PostgreSQL: about 15 minutes and 25 GB of the folder for temporary files.
bench-million: $(VENV)/.tested
	@ONLY=million $(BIN)/python -m bench

messages: $(VENV)/.installed
	$(BIN)/python manage.py makemessages -l zh_Hans --no-location --ignore .venv --ignore var
	$(BIN)/python manage.py compilemessages --ignore .venv

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.txt
	@touch $@

$(VENV)/.tested: requirements-test.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-test.txt
	@touch $@
