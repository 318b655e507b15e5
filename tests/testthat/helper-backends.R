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

# The default backend, until the calling test ends.
local_backend <- function(backend, env = parent.frame()) {
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
