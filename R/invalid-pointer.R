# Variables and tensors whose Python object is not to be had: they came through
# readRDS() or from a worker, Python was shut down, or this process is a fork of
# the one whose framework holds them. They print, and everything else is a plain
# error. call_py() asks here only after an error, and in forks.

# Whether the Python object behind `x` is gone.
is_invalid_pointer <- function(x) {
  reticulate::py_is_null_xptr(x) || !reticulate::py_available()
}

format_invalid_pointer <- function(x) {
  paste(invalid_pointer_label(x), "of another R session; see ?freeze")
}

invalid_pointer_label <- function(x) {
  if (inherits(x, "kerasvar.Variable")) "<keras_variable>" else "<tensor>"
}

# What reticulate says of such objects differs between its versions; what they
# are does not. `args()` fails where the error came from an argument itself.
abort_if_invalid_pointer <- function(cnd, args, call) {
  if (!inherits(cnd, "rlang_error")) {
    args <- tryCatch(args(), error = function(cnd) list())
    if (has_invalid_pointer(args)) {
      abort_invalid_pointer(call)
    }
  }
}

has_invalid_pointer <- function(x) {
  while (is.function(x)) {
    # What Python can call, reticulate shows as a function around the object.
    x <- attr(x, "py_object", exact = TRUE)
  }
  if (is.environment(x)) {
    return(inherits(x, "python.builtin.object") && is_invalid_pointer(x))
  }
  is.list(x) && any(vapply(x, has_invalid_pointer, NA))
}

abort_invalid_pointer <- function(call = caller_env()) {
  cli::cli_abort(
    c(
      "This variable belonged to another R session; see {.code ?freeze}.",
      i = "Its value stayed there. Variables that are to be saved or sent to
           another process are frozen first."
    ),
    class = c("kerasvar_dead_variable", "kerasvar_error"),
    call = call
  )
}

# ---- forks -------------------------------------------------------------------

# A fork has the frameworks' memory but not their threads.
is_forked <- function() {
  !identical(Sys.getpid(), pkg_env$pid) && !is.null(pkg_env$pid)
}

check_fit_for_fork <- function(args, call) {
  if (pkg_env$session[[2]] != Sys.getpid()) {
    start_identities()
  }
  for (x in args) {
    if (is_variable(x) || is_tensor(x)) {
      # Not through call_py(), which is what asks.
      backend <- reticulate::py_to_r(
        reticulate::py_call(py_fn("bridge.display.backend_name"), x)
      )
      if (!identical(backend, "numpy")) {
        abort_forked(backend, call)
      }
    }
  }
}

abort_forked <- function(backend, call) {
  cli::cli_abort(
    c(
      "This {backend} variable belongs to the R session that this process was
       forked from.",
      x = "{backend} computes with threads, which a fork does not have: it would
           wait for them forever.",
      i = "{.fn freeze} the variable and {.fn thaw} it in a process of its own,
           such as a worker of {.code parallel::makeCluster()}."
    ),
    class = c("kerasvar_forked_variable", "kerasvar_dead_variable", "kerasvar_error"),
    call = call
  )
}
