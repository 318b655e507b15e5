test_that("a function is fetched once, from the core or from a module of it", {
  skip_without_core()
  expect_identical(py_fn("set_backend"), py_fn("set_backend"))
  expect_identical(
    reticulate::py_to_r(reticulate::py_get_attr(py_fn("backends.names"), "__module__")),
    "kerasvar.backends"
  )
})

test_that("the core that Python imports is the one of this R package", {
  skip_without_core()
  file <- reticulate::py_to_r(reticulate::py_get_attr(py_module(), "__file__"))
  expect_identical(
    normalizePath(file),
    normalizePath(file.path(core_path(), "kerasvar", "__init__.py"))
  )
  # And also the one that a user's own Python code gets.
  user <- reticulate::import("kerasvar", convert = FALSE)
  expect_identical(reticulate::py_id(user), reticulate::py_id(py_module()))
})

test_that("R and Python state one version", {
  skip_without_core()
  version <- reticulate::py_to_r(reticulate::py_get_attr(py_module(), "__version__"))
  expect_identical(version, as.character(utils::packageVersion("kerasvar")))
})

test_that("a core of another version is refused", {
  skip_without_core()
  local_mocked_core <- function(version, env = parent.frame()) {
    module <- reticulate::py_get_attr(py_module(), "__version__")
    reticulate::py_set_attr(py_module(), "__version__", version)
    withr::defer(
      reticulate::py_set_attr(py_module(), "__version__", module),
      envir = env
    )
  }
  local_mocked_core("99.0.0")
  error <- expect_error(import_core(), class = "kerasvar_version_error")
  expect_match(conditionMessage(error), "99.0.0", fixed = TRUE)
})

test_that("a core that cannot be imported says what to install", {
  skip_without_core()
  broken <- tryCatch(
    reticulate::import("kerasvar_without_its_needs"),
    error = identity
  )
  error <- expect_error(abort_no_core(broken), class = "kerasvar_import_error")
  expect_match(conditionMessage(error), "kerasvar_without_its_needs", fixed = TRUE)
  expect_match(conditionMessage(error), "install_kerasvar()", fixed = TRUE)
  expect_match(conditionMessage(error), "pip install 'numpy>=2'", fixed = TRUE)
})
