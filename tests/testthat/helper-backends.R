# Every test that runs on one backend runs on all four, unless the reason is
# written beside it: wrap it in `for_each_backend()`.

all_backends <- c("numpy", "tensorflow", "jax", "torch")

# Skips where a framework is missing. The project's own test run installs all
# four and sets KERASVAR_TEST_ALL, so that a missing one fails there.
skip_without_backend <- function(backend) {
  skip_without_core()
  known <- list_backends()
  if (backend %in% known$backend[known$installed]) {
    return(invisible())
  }
  if (nzchar(Sys.getenv("KERASVAR_TEST_ALL"))) {
    testthat::fail(paste0("The backend \"", backend, "\" is not installed."))
  }
  testthat::skip(paste0("The backend \"", backend, "\" is not installed."))
}

skip_without_core <- function() {
  if (nzchar(Sys.getenv("KERASVAR_TEST_ALL"))) {
    py_module()
  } else {
    testthat::skip_if_not(core_available(), "The Python core can be used")
  }
}

# What jax says once in a session of each type that it does not hold is said here,
# so that no test depends on being the first.
hear_jax <- function() {
  if (is.null(pkg_env$heard_jax)) {
    narrow <- c("float64", "complex128", "int64", "uint64")
    for (dtype in narrow) {
      suppressWarnings(keras_variable(array(1, 1), dtype = dtype, backend = "jax"))
    }
    pkg_env$heard_jax <- TRUE
    clear_session()
  }
}

# The default backend, until the calling test ends.
local_backend <- function(backend, env = parent.frame()) {
  if (backend == "jax") {
    hear_jax()
  }
  previous <- use_backend(backend)
  withr::defer(use_backend(previous), envir = env)
}

# `test(backend)` once on each backend, as tests of their own, with that backend
# the default.
for_each_backend <- function(desc, test) {
  for (backend in all_backends) {
    local({
      name <- backend
      testthat::test_that(paste0(desc, " [", name, "]"), {
        skip_without_backend(name)
        local_backend(name)
        test(name)
      })
    })
  }
}
