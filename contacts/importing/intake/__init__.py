"""Files that are no CSV, turned into one: afterwards there is a single way in, whatever people bring.

`kinds` tells what a file is; `spooling` has a child process (`child`) do the turning, since a hostile file may want all
the memory and time there is. Every format has a file of its own with `convert(path, file, sheet)`. The child and what
it imports know neither Django nor the settings.
"""
