# Loading is looked at from a session of its own: this one runs Python already.

test_that("loading the package starts no Python", {
  output <- fresh_session(
    c("library(kerasvar)", "cat(reticulate::py_available())")
  )
  expect_identical(tail(output, 1), "FALSE")
})

test_that("loading declares what Python needs, the same as pyproject.toml", {
  output <- fresh_session(
    c(
      "library(kerasvar)",
      "need <- reticulate::py_require()",
      "cat(need$packages, need$python_version)"
    )
  )
  declared <- strsplit(tail(output, 1), " ")[[1]]
  expect_true(all(c(python_requirements, ">=3.10") %in% declared))

  project <- test_path("..", "..", "pyproject.toml")
  skip_if_not(file.exists(project), "pyproject.toml is at hand")
  line <- grep("^dependencies = ", readLines(project), value = TRUE)
  stated <- regmatches(line, gregexpr('(?<=")[^", ][^"]*(?=")', line, perl = TRUE))[[1]]
  expect_setequal(stated, python_requirements)
})

test_that("Python code can import the core as soon as the package is loaded", {
  skip_without_core()
  code <- "reticulate::py_run_string('import kerasvar; print(kerasvar.__version__)')"
  # Python started after the package was loaded, and before.
  for (first in c("", "reticulate::py_config();")) {
    output <- fresh_session(c(paste(first, "library(kerasvar)"), code))
    expect_identical(tail(output, 1), as.character(utils::packageVersion("kerasvar")))
  }
})

test_that("no framework is imported by using the core", {
  skip_without_core()
  output <- fresh_session(
    c(
      "library(kerasvar)",
      "invisible(list_backends())",
      "loaded <- reticulate::import('sys')$modules",
      "cat(any(c('tensorflow', 'jax', 'torch', 'keras') %in% names(loaded)))"
    )
  )
  expect_identical(tail(output, 1), "FALSE")
})
