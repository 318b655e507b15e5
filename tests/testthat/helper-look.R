# Made from an array, so that R's own dtypes are kept.
new_variable <- function(value, ...) {
  if (is.atomic(value) && is.null(dim(value)) && length(value) > 1) {
    value <- array(value, length(value))
  }
  keras_variable(value, ...)
}

new_tensor <- function(value, ...) {
  new_variable(value, ...)$value
}

# The automatic names start over, so that snapshots do not depend on the order
# of tests.
local_fresh_names <- function() {
  call_py(py_fn("clear_session"))
}

backends_that_hold <- function(dtype) {
  if (dtype == "string") c("numpy", "tensorflow") else all_backends
}

# What `show(backend)` prints, the same on every backend but for its name and,
# on jax without x64, for the width of the dtype.
expect_same_look <- function(show, backends = all_backends) {
  looks <- lapply(backends, function(backend) {
    skip_without_backend(backend)
    local_backend(backend)
    local_fresh_names()
    lines <- suppressWarnings(show(backend))
    gsub(paste0("\\b", backend, "\\b"), "<backend>", lines)
  })
  for (look in looks) {
    expect_identical(look, looks[[1]])
  }
  expect_snapshot(writeLines(looks[[1]]))
}
