# Short names for scripts/bootstrap.py, which does the work on every system, with make or without.
#
#   make                     set up .venv and run the lab
#   make test                set up .venv and pass every test
#   make test ARGS="-k ridge"
#   make PYTHON=/path/to/python3.12
#   make help                the other names

PYTHON ?= $(shell command -v python3 || command -v python || echo python3)
ARGS ?=
TASKS := lab test lint format doctest oracle floor wheel dev clean help

.DEFAULT_GOAL := lab
.PHONY: $(TASKS)

$(TASKS):
	@"$(PYTHON)" scripts/bootstrap.py $@ $(ARGS)
