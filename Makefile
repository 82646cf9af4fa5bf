# Every target works on a fresh machine with Python 3.11 or newer and nothing else.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test install lint bench messages
run: $(VENV)/.installed
	@SITE_URL=http://127.0.0.1:$(PORT) $(BIN)/python manage.py first_run
	@echo "Newsroom is at http://127.0.0.1:$(PORT)/ and its desk at http://127.0.0.1:$(PORT)/admin/"
	@SITE_URL=http://127.0.0.1:$(PORT) exec $(BIN)/gunicorn newsroom.wsgi --bind 127.0.0.1:$(PORT) --worker-class gthread --workers 2 --threads 4

install: $(VENV)/.installed

test: $(VENV)/.tested
	@$(BIN)/python -m tests $(ARGS)

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python manage.py makemigrations --check --dry-run
	SITE_URL=https://news.example ALLOWED_HOSTS=news.example SECRET_KEY=lint-lint-lint-lint-lint-lint-lint-lint-lint-lint-0123456789 $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(VENV)/.tested
	@$(BIN)/python -m bench $(ARGS)

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
