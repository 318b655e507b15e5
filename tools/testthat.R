# Runs the R tests against the package installed in .local/R.

library(testthat)
test_dir(
  "tests/testthat",
  package = "kerasvar",
  load_package = "installed",
  # Its spinner, drawn anew every tenth of a second, would fill a log.
  reporter = ProgressReporter$new(update_interval = 10),
  stop_on_failure = TRUE
)
