# Runs the R tests against the package installed in .local/R.

library(testthat)
test_dir(
  "tests/testthat",
  package = "kerasvar",
  load_package = "installed",
  reporter = "progress",
  stop_on_failure = TRUE
)
