# Each recipe is one line: the work is in infra/local, services/<case> and loadtests/<case>.
PYTHON := infra/local/python
RUN := $(PYTHON) -m infra.local.run
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.PHONY: help demo-delivery-semantics down clean status logs restart stop env fetch token offsets-describe offsets-reset measure-partitions test test-unit lint format

help:
	@awk -f infra/local/help.awk $(MAKEFILE_LIST)

## Run a case (CASE is one of services/: movieflix, ...)
up-%: ## start a case and all that it needs; prints its URLs
	@$(PYTHON) -m infra.local up $*
down: ## stop everything; data stays
	@$(PYTHON) -m infra.local down
clean: ## stop everything and remove its data
	@$(PYTHON) -m infra.local clean
status: ## every process with its health, and the lag of consumers
	@$(PYTHON) -m infra.local status
logs: ## follow a log: make logs SERVICE=playback-api
	@$(PYTHON) -m infra.local logs $(or $(SERVICE),$(error name one: make logs SERVICE=playback-api))
restart: ## restart a service: make restart SERVICE=playback-api
	@$(PYTHON) -m infra.local restart $(or $(SERVICE),$(error name one: make restart SERVICE=playback-api))
stop: ## stop a service until its restart: make stop SERVICE=playback-api
	@$(PYTHON) -m infra.local stop $(or $(SERVICE),$(error name one: make stop SERVICE=playback-api))
env: ## print addresses, ports and folders as variables
	@$(PYTHON) -m infra.local env
fetch: ## fetch everything, start nothing
	@$(PYTHON) -m infra.local fetch

## Use a case that is up (more arguments: ARGS="...")
demo-%: ## the README's walkthrough
	@$(RUN) demo $* $(ARGS)
replay-%: ## real data as events: make replay-movieflix DATA_DIR=... RATE=...
	@$(RUN) replay $* $(if $(DATA_DIR),--data-dir "$(DATA_DIR)") $(if $(RATE),--rate "$(RATE)") $(ARGS)
load-%: ## a load test, with its thresholds
	@$(RUN) load $* $(ARGS)
bench-%: ## throughput
	@$(RUN) bench $* $(ARGS)
measure-%: ## delays, from event to view
	@$(RUN) measure $* $(ARGS)
evaluate-%: ## quality of what is computed: make evaluate-movieflix DATA_DIR=...
	@$(RUN) evaluate $* $(if $(DATA_DIR),--data-dir "$(DATA_DIR)") $(ARGS)
chaos-%: ## kill parts while events flow, and look for losses
	@$(RUN) chaos $* $(ARGS)
demo-delivery-semantics: ## what each strategy of delivery loses or doubles under kill -9, measured (make up-ingestion)
	@$(RUN) delivery-semantics ingestion $(ARGS)
token: ## a bearer token for local use, and nothing else: make -s token USER_ID=u1 (CASE=mybank)
	@$(RUN) token $(or $(CASE),mybank) "$(or $(USER_ID),$(error name one: make -s token USER_ID=u1))" $(ARGS)

## Kafka's own, on whatever is up
offsets-describe: ## where a group is, how far behind, and who is in it: make offsets-describe GROUP=...
	@$(RUN) offsets-describe "$(or $(GROUP),$(error name one: make offsets-describe GROUP=movieflix-resume-projector))"
offsets-reset: ## move a group; only shown without APPLY=1: make offsets-reset GROUP=... TOPIC=... TO=earliest|latest|TIME|OFFSET (PARTITION=0)
	@$(RUN) offsets-reset "$(GROUP)" "$(TOPIC)" "$(TO)" $(if $(PARTITION),--partition "$(PARTITION)") $(if $(filter 1,$(APPLY)),--apply)
measure-partitions: ## how many partitions, how many replicas: make measure-partitions TOPIC=... TARGET_MB_S=... (RECORD_BYTES=... CONSUMER_MB_S=...)
	@$(RUN) measure-partitions "$(TOPIC)" "$(TARGET_MB_S)" $(if $(RECORD_BYTES),--record-bytes "$(RECORD_BYTES)") $(if $(CONSUMER_MB_S),--consumer-mb-s "$(CONSUMER_MB_S)") $(ARGS)

## Develop
test: ## every test, on a stack of its own
	@$(PYTHON) -m tests $(ARGS)
test-unit: ## the tests that need no server
	@$(PYTHON) -m pytest tests/unit tests/contract tests/architecture -q $(ARGS)
lint: ## style, types, layers
	@$(PYTHON) -m ruff check && $(PYTHON) -m ruff format --check && $(PYTHON) -m mypy --strict shared infra services && $(PYTHON) -c "from importlinter.cli import lint_imports_command as lint; lint()"
format: ## mend the style
	@$(PYTHON) -m ruff format && $(PYTHON) -m ruff check --fix
