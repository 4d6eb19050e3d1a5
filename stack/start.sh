#!/bin/sh
# Finds a Python that is new enough, sets the project up with it, and hands over to `python -m stack "$@"`.
# $PYTHON chooses one by name or path.
cd "${0%/*}/.." || exit 1

for name in "$PYTHON" python3 python3.14 python3.13 python3.12 python3.11 python; do
    [ -n "$name" ] || continue
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        "$name" -m stack.prepare "$1" || exit $?
        exec .venv/bin/python -m stack "$@"
    fi
done
echo "Rapport needs Python 3.11 or newer and found none: install it (Debian, Ubuntu: apt-get install python3 python3-venv) or name one with PYTHON=/path/to/python3 make $1." >&2
exit 1
