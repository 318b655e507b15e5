# The randomised comparison of subscripts with base R, with many cases:
#
#   Rscript tools/fuzz.R [CASES ON NUMPY [CASES ON EACH OTHER BACKEND [SEED]]]
#
# Without arguments 100000, 5000 and a seed from the clock. It prints the seed, so
# that a run can be repeated, and for a case that fails a line to paste into R.

library(kerasvar)

args <- as.integer(commandArgs(TRUE))
cases <- c(
  numpy = if (length(args) >= 1L) args[1L] else 100000L,
  tensorflow = NA, jax = NA, torch = NA
)
cases[is.na(cases)] <- if (length(args) >= 2L) args[2L] else 5000L
seed <- if (length(args) >= 3L) args[3L] else as.integer(Sys.time())

# The helper uses what the package keeps to itself.
tools <- new.env(parent = asNamespace("kerasvar"))
sys.source("tests/testthat/helper-fuzz.R", tools)

failed <- FALSE
for (backend in names(cases)) {
  if (!is.element(backend, with(list_backends(), backend[installed]))) {
    message(backend, ": not installed")
    next
  }
  suppressWarnings(keras_variable(array(1), backend = backend))
  message(backend, ": ", cases[[backend]], " cases, seed ", seed)
  line <- tools$run_fuzz(
    cases[[backend]], backend,
    seed = seed, few_shapes = backend == "jax", tell = 10000L
  )
  if (is.null(line)) {
    message(backend, ": no mismatch")
  } else {
    failed <- TRUE
    message(backend, ": differs from base R, paste this:\n", line)
  }
}
if (failed) quit(status = 1)
