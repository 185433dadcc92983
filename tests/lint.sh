#!/bin/sh
# Formatting, static analysis and types of everything in the tree. Called by ./run lint.
# usage: lint.sh LLVM-VERSION PYTHON
set -eu
llvm=$1 python=$2
cd "$(dirname "$0")/.."

failed=0
check() { # NAME COMMAND ARG...
	name=$1
	shift
	if "$@"; then
		printf 'lint: %s: passed\n' "$name" >&2
	else
		printf 'lint: %s: failed\n' "$name" >&2
		failed=1
	fi
}

sources() { # SUFFIX...: the tracked files with these suffixes
	for suffix in "$@"; do git ls-files -- "*.$suffix"; done
}

# shellcheck disable=SC2046
format() { "clang-format-$llvm" --dry-run --Werror $(sources c h cpp inc); }

tidy() { # BUILD-DIRECTORY PATHSPEC...: the tracked sources that this build compiles
	directory=$1
	shift
	git ls-files -- "$@" | xargs -P 2 -n 4 "clang-tidy-$llvm" --quiet -p "$directory"
}

# Trees copied without their history have no index to ask.
git rev-parse --git-dir >/dev/null 2>&1 || {
	echo "lint.sh: error: not a git checkout: lint looks at tracked files, so clone the project" >&2
	exit 2
}

check clang-format format
check clang-tidy/runtime tidy build/host-debug 'runtime/src/*.c' runtime/port/posix.c \
	runtime/port/epoll.c runtime/port/freertos.c runtime/port/zephyr.c
check clang-tidy/checker tidy "build/checker-$llvm" 'checker/facts/*.cpp' 'checker/policy/*.cpp' \
	'checker/solver/*.cpp' 'checker/output/*.cpp' 'checker/extract/*.cpp'
check ruff "$python" -m ruff check .
check ruff-format "$python" -m ruff format --check .
check mypy "$python" -m mypy
check shellcheck shellcheck --severity=warning run .ci/run tests/lint.sh
exit "$failed"
