"""One module per figure: `run(bench) -> list[Figure]`. A new file here is found by itself."""
