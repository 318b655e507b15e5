#' Choose the backend of new variables
#'
#' A variable lives in one of the backends: NumPy, TensorFlow, JAX or PyTorch.
#' `use_backend()` sets the one that [keras_variable()] uses when its `backend`
#' argument is not given. Variables that exist already stay where they are, and
#' a session can use all backends at once.
#'
#' Without `use_backend()`, the default is the environment variable
#' `KERASVAR_BACKEND`, else `KERAS_BACKEND`, else the backend of a Keras that you
#' imported before TensorFlow, else `"numpy"`. TensorFlow imports Keras by itself,
#' so a Keras that came after it decides nothing; nor does a variable that was
#' made with another `backend`.
#'
#' @param backend `"numpy"`, `"tensorflow"`, `"jax"` or `"torch"`. `NULL` goes
#'   back to what the environment says.
#' @return `use_backend()` returns the name of the previous default, invisibly.
#'
#'   `list_backends()` returns a data frame with a row for each backend: its
#'   name, whether it is installed and whether it is the default. It imports no
#'   framework.
#' @seealso [install_kerasvar()]
#' @export
#' @examplesIf kerasvar:::core_available()
#' list_backends()
#' previous <- use_backend("numpy")
#' keras_variable(1:3)
#' use_backend(previous)
use_backend <- function(backend) {
  if (!is.null(backend)) {
    check_backend_name(backend)
    require_framework(backend)
    if (!backend %in% available_backends()) {
      # Asking for it is what says why not: unknown, or not installed.
      call_py(py_fn("backends.get"), backend)
    }
  }
  previous <- default_backend()
  call_py(py_fn("set_backend"), backend)
  invisible(previous)
}

#' @rdname use_backend
#' @export
list_backends <- function() {
  backend <- py_strings(call_py(py_fn("backends.names")))
  data.frame(
    backend = backend,
    installed = backend %in% available_backends(),
    default = backend == default_backend()
  )
}

available_backends <- function() {
  py_strings(call_py(py_fn("available_backends")))
}

default_backend <- function() {
  py_strings(call_py(py_fn("backend")))
}

# A Python string, or a tuple of them, as a character vector.
py_strings <- function(x) {
  as.character(unlist(reticulate::py_to_r(x)))
}

check_backend_name <- function(backend, call = caller_env()) {
  if (!rlang::is_string(backend)) {
    cli::cli_abort(
      c(
        "{.arg backend} must be a single string.",
        x = "You supplied {.obj_type_friendly {backend}}.",
        i = 'Such as {.code use_backend("jax")}.'
      ),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = call
    )
  }
}

# Where reticulate makes the environment itself, this is what puts the framework
# into it: before Python starts, or after, if the environment that it runs from
# is of that kind. It changes nothing where the user chose a Python.
require_framework <- function(backend) {
  package <- framework_packages[backend]
  if (is.na(package)) {
    return()
  }
  if (!reticulate::py_available()) {
    reticulate::py_require(unname(package))
  } else if (isTRUE(reticulate::py_config()$ephemeral)) {
    reticulate::py_require(unname(package))
    reticulate::import("importlib", convert = FALSE)$invalidate_caches()
  }
}

# Backend -> the Python package to install for it. `numpy` is always there.
framework_packages <- c(
  tensorflow = "tensorflow",
  jax = "jax",
  torch = "torch"
)

# For examples and vignettes: can the core be used here? Starts Python, but only
# one that somebody chose: checking the package must not download an
# environment.
core_available <- function() {
  chosen <- interactive() ||
    reticulate::py_available() ||
    nzchar(Sys.getenv("RETICULATE_PYTHON"))
  chosen && tryCatch(is.environment(py_module()), error = function(cnd) FALSE)
}

is_installed <- function(backend) {
  backend %in% available_backends()
}
