# Every target sets itself up: .venv is made or renewed when the requirements changed.
# PORT, HOST, DATA_DIR and the rest of docs/settings.md are read from the environment: PORT=8080 make run

.PHONY: run test check bench faults growth demo screenshots

run:            ## Start everything and print the address
	@exec sh stack/start.sh run

test:           ## All tests, browser included; ARGS="tests/stack -x" runs some
	@exec sh stack/start.sh test $(ARGS)

check:          ## Format, lint, types, import contracts, migrations, templates
	@exec sh stack/start.sh check

bench:          ## Figures; ONLY=name runs one
	@exec sh stack/start.sh bench $(if $(ONLY),--only $(ONLY))

faults:         ## Break things while messages are sent; ONLY=row runs one, N=1000 with so many people
	@exec sh stack/start.sh faults $(if $(ONLY),--only $(ONLY)) $(if $(N),--size $(N))

growth:         ## Figures at 10,000 to 1,000,000 contacts, and their picture in docs/
	@exec sh stack/start.sh growth

demo:           ## Load the demo workspace again (while `make run` runs)
	@exec sh stack/start.sh demo

screenshots:    ## Take the pictures of docs/
	@exec sh stack/start.sh screenshots
