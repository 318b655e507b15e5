# Variables that outlive their Python session: freeze() turns them into plain R
# data, thaw() makes them anew. The state is written and read by portable.py.

#' Carry variables through saveRDS() and to other processes
#'
#' A variable lives in this R session's Python. Saved with [saveRDS()], sent to a
#' parallel worker or returned from one, what arrives is a reference to nothing:
#' it prints as `<keras_variable> of another R session`, and using it is an error.
#' `freeze()` turns variables and tensors into plain R data that can go anywhere;
#' `thaw()` makes them anew, in whatever process it is called.
#'
#' A thawed variable has the value (bit for bit), dtype, name, path, flags,
#' dimnames and backend of the frozen one. Two places in a list that held one
#' variable hold one variable again. What does not travel is `layout`, and a
#' `regularizer` or `constraint` that Python's pickle cannot write, such as an R
#' function: then there is a warning.
#'
#' @section Hashes:
#' Functions that serialise, such as `digest::digest()`, `rlang::hash()` and those
#' of memoise, see which object it is, not its value: a variable has one hash all
#' its life, and no two objects have the same. Give them `as.array(x)` where the
#' value is meant.
#'
#' @section Forked workers:
#' In a worker that was forked from this process, as by [parallel::mclapply()],
#' variables on numpy can be used, as copies. TensorFlow, JAX and PyTorch do not
#' work in a fork: using such a variable there is an error. Use
#' [parallel::makeCluster()] and frozen variables.
#'
#' @param x `freeze()`: a variable, a tensor, or a list that holds some, at any
#'   depth. `thaw()`: what `freeze()` returned. Everything else in a list is left
#'   as it is.
#' @return `freeze()`: `x` with a `kerasvar_frozen` in place of each variable and
#'   tensor. `thaw()`: the reverse.
#' @export
#' @examplesIf kerasvar:::core_available()
#' model <- list(w = keras_variable(array(1:4, c(2, 2))), epochs = 10)
#' file <- tempfile(fileext = ".rds")
#' saveRDS(freeze(model), file)
#' model$w[1, ] <- 0L
#'
#' thaw(readRDS(file))
freeze <- function(x) {
  call <- rlang::current_env()
  # Of this call alone: a variable frozen twice may have changed in between.
  token <- basename(tempfile(""))
  frozen <- new.env(parent = emptyenv())
  replace_deep(x, can_freeze, function(x) {
    if (is_invalid_pointer(x)) {
      abort_invalid_pointer(call)
    }
    once(paste(token, reticulate::py_id(x)), frozen, function(id) freeze_one(x, id, call))
  })
}

#' @rdname freeze
#' @export
thaw <- function(x) {
  call <- rlang::current_env()
  thawed <- new.env(parent = emptyenv())
  replace_deep(x, is_frozen, function(x) {
    if (!rlang::is_string(x$id)) {
      cli::cli_abort(
        "{.arg x} must be what {.fn freeze} returned.",
        class = c("kerasvar_TypeError", "kerasvar_error"),
        call = call
      )
    }
    once(x$id, thawed, function(id) thaw_one(x, call))
  })
}

can_freeze <- function(x) is_variable(x) || is_tensor(x)

is_frozen <- function(x) inherits(x, "kerasvar_frozen")

# `f` applied to what `is` says, through lists of any depth and class.
replace_deep <- function(x, is, f) {
  if (is(x)) {
    return(f(x))
  }
  if (!is.list(x) || is.object(x) && inherits(x, "python.builtin.object")) {
    return(x)
  }
  kept <- attributes(x)
  x <- lapply(unclass(x), replace_deep, is, f)
  attributes(x) <- kept
  x
}

freeze_one <- function(x, id, call) {
  state <- reticulate::py_to_r(call_py(py_fn("bridge.portable.state_of"), x, .call = call))
  if (length(state$lost)) {
    cli::cli_warn(
      c(
        "The variable {.val {state$path}} leaves its {.field {state$lost}} behind.",
        i = "Python's pickle cannot write that. Set it anew after {.fn thaw}."
      ),
      class = "kerasvar_lost_attribute",
      call = call
    )
  }
  state$lost <- NULL
  if (is_vector_tensor(x)) {
    state$kind <- "vector"
  }
  state$id <- id
  structure(state, class = "kerasvar_frozen")
}

thaw_one <- function(x, call) {
  object <- call_py(
    py_fn("bridge.portable.from_state"),
    reticulate::r_to_py(unclass(x)),
    .call = call
  )
  if (x$kind == "variable") {
    return(with_identity(object))
  }
  new_tensor(object, vector = x$kind == "vector")
}

# What `make(id)` returned the first time it was asked for `id`.
once <- function(id, made, make) {
  if (is.null(made[[id]])) {
    assign(id, make(id), envir = made)
  }
  made[[id]]
}

#' @export
format.kerasvar_frozen <- function(x, ...) {
  label <- if (x$kind == "variable") {
    paste0("<frozen keras_variable ", encodeString(x$path, quote = "\""), ">")
  } else {
    "<frozen tensor>"
  }
  paste(label, x$dtype, format_shape(as.integer(unlist(x$shape))), x$backend)
}

#' @export
print.kerasvar_frozen <- function(x, ...) {
  writeLines(format(x))
  invisible(x)
}

#' @importFrom utils str
#' @export
str.kerasvar_frozen <- function(object, ...) {
  cat(" ", format(object), "\n", sep = "")
  invisible(object)
}
