# The commands of the project. The work is in tools/, each script usable alone.
#
#   make demo    set up what is missing, then train a classifier from R
#                (BACKEND=jax and so on, once that framework is installed)
#   make test    the same with all frameworks, then testthat and pytest
#   make check   R CMD check on the built package
#   make docs    NAMESPACE and man/ from the roxygen comments
#   make bench   the benchmarks
#   make fuzz    subscripts against base R's, on many more random cases
#   make clean   remove everything set up inside this folder

.POSIX:

BACKEND = numpy

# This file's own folder, wherever make was started. MAKEFILE_LIST is not a list
# of words here: the path may hold spaces.
ROOT := $(shell cd "$$(dirname "$$(printf '%s' '$(subst ','\'',$(MAKEFILE_LIST))' | sed 's/^ *//')")" && pwd)
IN_ROOT = cd '$(subst ','\'',$(ROOT))' &&

demo:
	@$(IN_ROOT) sh tools/demo '$(BACKEND)'

test:
	@$(IN_ROOT) sh tools/test

check:
	@$(IN_ROOT) sh tools/check

docs:
	@$(IN_ROOT) sh tools/docs

bench:
	@$(IN_ROOT) sh tools/bench

fuzz:
	@$(IN_ROOT) sh tools/fuzz

clean:
	@$(IN_ROOT) rm -rf .local build dist

.PHONY: demo test check docs bench fuzz clean
