# Calling Python: one function that every call of this package goes through, so
# that a Python exception reaches the user as an R error about their own call.

#' Calls a Python function; its exceptions become R errors
#'
#' The result is not converted: follow with [reticulate::py_to_r()] where an R
#' value is wanted.
#'
#' @param f A Python callable, best from `py_fn()`.
#' @param ... Arguments, converted by reticulate unless they are Python objects.
#' @param .call The R call to blame. Evaluated only if there is an error.
#' @return A Python object.
#' @noRd
call_py <- function(f, ..., .call = caller_env()) {
  # Outside the handler: an error in getting at `f` is not one of calling it.
  force(f)
  if (is_forked()) {
    check_fit_for_fork(list(...), .call)
  }
  value <- withCallingHandlers(
    reticulate::py_call(f, ...),
    python.builtin.Exception = function(cnd) abort_python(cnd, .call),
    error = function(cnd) abort_if_invalid_pointer(cnd, function() list(...), .call)
  )
  if (!is.null(pkg_env$warnings)) {
    warn_python(.call)
  }
  value
}

# Python's warnings during the call, kept until it is over: a handler may leave
# for good, and Python is not to be left in the middle of things.
keep_warning <- function(message, classes) {
  warning <- list(message = py_strings(message), classes = py_strings(classes))
  pkg_env$warnings <- c(pkg_env$warnings, list(warning))
  NULL
}

warn_python <- function(call) {
  kept <- pkg_env$warnings
  pkg_env$warnings <- NULL
  call <- shown_call(call)
  for (one in kept) {
    classes <- c(paste0("kerasvar_", one$classes), "kerasvar_warning", "warning", "condition")
    warning(structure(list(message = one$message, call = call), class = classes))
  }
}

# The call that rlang would show for `call`, which may be the environment of one.
shown_call <- function(call) {
  conditionCall(rlang::catch_cnd(rlang::abort("", call = call)))
}

# The message goes through rlang, not cli: braces in it are the user's data.
abort_python <- function(cnd, call) {
  if (!is.null(pkg_env$warnings)) {
    warn_python(call)
  }
  rlang::abort(
    python_message(cnd),
    class = c(python_classes(cnd), "kerasvar_error"),
    python_error = cnd,
    call = call
  )
}

# What the exception says, without its class, its traceback or reticulate's hint.
python_message <- function(cnd) {
  exception <- attr(cnd, "py_object", exact = TRUE)
  if (is.null(exception)) {
    return(conditionMessage(cnd))
  }
  # str() of a KeyError is the repr() of its key.
  if (inherits(cnd, "python.builtin.KeyError")) {
    args <- reticulate::py_to_r(reticulate::py_get_attr(exception, "args"))
    if (length(args) == 1) {
      return(as.character(args[[1]]))
    }
  }
  reticulate::py_str(exception)
}

# "kerasvar_ValueError" for a ValueError and for every class that extends it.
# An R error that passed through Python, from a function the user supplied,
# keeps the classes it had.
python_classes <- function(cnd) {
  exception <- attr(cnd, "py_object", exact = TRUE)
  if (reticulate::py_has_attr(exception, "r_class")) {
    classes <- reticulate::py_to_r(reticulate::py_get_attr(exception, "r_class"))
    return(setdiff(classes, c("rlang_error", "error", "condition")))
  }
  classes <- setdiff(class(cnd), c("error", "condition", "python.builtin.object"))
  unique(paste0("kerasvar_", sub("^.*[.]", "", classes)))
}
