test_that("use_backend() sets the default and returns the one before", {
  skip_without_core()
  local_backend("numpy")
  for (backend in all_backends) {
    skip_without_backend(backend)
    expect_identical(use_backend(backend), "numpy")
    expect_identical(default_backend(), backend)
    expect_invisible(expect_identical(use_backend("numpy"), backend))
  }
})

test_that("use_backend(NULL) goes back to what the environment says", {
  skip_without_core()
  local_backend("numpy")
  os <- reticulate::import("os", convert = FALSE)
  reticulate::py_set_item(os$environ, "KERASVAR_BACKEND", "jax")
  withr::defer(reticulate::py_del_item(os$environ, "KERASVAR_BACKEND"))
  expect_identical(use_backend(NULL), "numpy")
  expect_identical(default_backend(), "jax")
})

test_that("list_backends() shows every backend, and marks the default", {
  skip_without_core()
  local_backend("numpy")
  backends <- list_backends()
  expect_named(backends, c("backend", "installed", "default"))
  expect_true(all(all_backends %in% backends$backend))
  expect_identical(backends$backend[backends$default], "numpy")
  importable <- function(name) reticulate::py_module_available(name)
  expect_identical(
    backends$installed[match(all_backends, backends$backend)],
    vapply(all_backends, importable, logical(1), USE.NAMES = FALSE)
  )
})

test_that("an unknown backend is an error that names the argument and what came", {
  skip_without_core()
  before <- default_backend()
  error <- expect_error(use_backend("mxnet"), class = "kerasvar_ValueError")
  expect_match(conditionMessage(error), "backend", fixed = TRUE)
  expect_match(conditionMessage(error), "mxnet", fixed = TRUE)
  expect_identical(rlang::call_name(error$call), "use_backend")
  expect_identical(default_backend(), before)
})

test_that("a backend must be a single string", {
  for (wrong in list(1L, NA, character(), c("jax", "torch"), NA_character_)) {
    expect_error(use_backend(wrong), class = "kerasvar_TypeError")
  }
  expect_error(use_backend(), "backend")
})

test_that("a backend that is not installed says how to install it, in R and in Python", {
  skip_without_core()
  before <- default_backend()
  # The one way to be without a framework in a process that has all of them.
  local_missing_package("torch")
  error <- expect_error(use_backend("torch"), class = "kerasvar_ImportError")
  expect_match(conditionMessage(error), "install_kerasvar(\"torch\")", fixed = TRUE)
  expect_match(conditionMessage(error), "pip install", fixed = TRUE)
  expect_identical(default_backend(), before)
  backends <- list_backends()
  expect_false(backends$installed[backends$backend == "torch"])
})

test_that("a variable of another backend does not change the default", {
  skip_without_core()
  for (backend in all_backends) {
    skip_without_backend(backend)
    withr::with_envvar(c(KERASVAR_BACKEND = NA, KERAS_BACKEND = NA), {
      output <- fresh_session(c(
        "library(kerasvar)",
        sprintf("v <- keras_variable(1, backend = '%s')", backend),
        "cat(v$backend, keras_variable(1)$backend, '\\n')"
      ))
    })
    expect_match(output, paste(backend, "numpy"), all = FALSE)
  }
})
