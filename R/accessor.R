#' Subscripts in the sense of R keras: `x@r[...]`
#'
#' `x@r[...]` and `x@r[...] <- value` follow what R keras3 documents for its
#' accessor, on variables and on tensors. The subscripts differ from those of
#' [`[`][subscripts]:
#'
#' * Positions count from 1; negative ones count from the end: `x@r[-1]` is the
#'   last row of a matrix.
#' * A single number drops its axis, while `2:2` keeps it. A vector selects
#'   positions in any order and with repeats. Several vectors select their outer
#'   product.
#' * Axes that are not mentioned are whole: `x@r[1]` is the first row. `..` (or
#'   `all_dims()`) stands for all axes between its neighbours.
#' * `newaxis` or `NULL` adds an axis.
#' * `start:end` is a slice with its end included, `start:end:step` one with a
#'   stride. `NA` leaves an end open and a negative end counts from the last:
#'   `NA:3`, `2:NA`, `1:-1` (everything), `1:-2` (all but the last). Two ends of
#'   the same sign can run backwards: `3:1`.
#' * A logical vector has one value for each position of its axis. A logical array
#'   of the shape of `x` selects elements in row order (base R: in column order).
#' * A matrix with a column for each axis, alone, holds coordinates.
#' * An assigned value broadcasts as in NumPy: a vector fills the last axis.
#'
#' A position that is zero, `NA` or out of range is an error, and so is a mask that
#' does not fit.
#'
#' `:` is seen as a slice only where it is written in the brackets; a vector
#' computed elsewhere selects the positions it holds.
#'
#' @section `@` before R 4.3:
#' R 4.3 made `@` open to packages. For older versions this package exports an `@`
#' of its own, so there it must be attached (`library(kerasvar)`). On objects that
#' are no variables and no tensors it does what R's own does, or that of S7 where
#' S7 is attached, before or after this package.
#'
#' @return `x@r[...]`, for a variable or tensor `x`, returns a tensor. The assignment changes a variable in place,
#'   and makes a new tensor of a tensor.
#' @aliases @r @@
#' @name accessor
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(1:12, c(3, 4)))
#' v@r[1]
#' v@r[-1, 1:-2]
#' v@r[NA:NA:2]
#' v@r[.., c(4, 1)]
#' v@r[newaxis]
#' v@r[1, ] <- 99L
#' v@r[, -1] <- c(1L, 2L, 3L)
#' v
NULL

# The object behind `x@r`: nothing but a hold on `x`.
new_accessor <- function(x) {
  out <- list(x)
  class(out) <- "kerasvar_accessor"
  out
}

#' @export
`[.kerasvar_accessor` <- function(x, ...) {
  x <- .subset2(x, 1L)
  subscripts <- gather_accessor_subscripts(substitute(list(...)), ...)
  new_tensor(
    call_py(py_fn("bridge.access.read_accessor"), x, subscripts)
  )
}

#' @export
`[<-.kerasvar_accessor` <- function(x, ..., value) {
  target <- .subset2(x, 1L)
  subscripts <- gather_accessor_subscripts(substitute(list(...)), ...)
  data <- as_operand(value, call = shown_call(rlang::current_env()))
  written <- call_py(
    py_fn("bridge.access.write_accessor"),
    target,
    subscripts,
    data$value,
    data$kind
  )
  # A variable has been changed where it is; a tensor gives way to the new one.
  new_accessor(if (is_variable(target)) with_identity(target) else new_tensor(written))
}

#' @export
print.kerasvar_accessor <- function(x, ...) {
  cat("<accessor of a ", if (is_variable(x[[1]])) "variable" else "tensor", ">\n", sep = "")
  cat("Add subscripts: x@r[...]\n")
  invisible(x)
}

get_accessor <- function(object, name, call = caller_env()) {
  if (name == "r") {
    return(new_accessor(object))
  }
  cli::cli_abort(
    c(
      "A variable or tensor has the accessor {.code @r} only.",
      x = "You asked for {.code @{name}}."
    ),
    class = c("kerasvar_AttributeError", "kerasvar_error"),
    call = call
  )
}

# `x@r[1, ] <- 0` ends in `@<-`(x, "r", value = <accessor after the write>).
set_accessor <- function(object, name, value, call = caller_env()) {
  if (!inherits(value, "kerasvar_accessor") || as.character(name) != "r") {
    cli::cli_abort(
      c(
        "{.code x@{name} <- value} has no meaning for a variable or tensor.",
        i = "Assign to a part, {.code x@r[...] <- value}, or to all of it,
             {.code x[] <- value}."
      ),
      class = c("kerasvar_AttributeError", "kerasvar_error"),
      call = shown_call(call)
    )
  }
  .subset2(value, 1L)
}

#' @export
`@<-.kerasvar.Array` <- function(object, name, value) {
  set_accessor(object, name, value)
}

#' @rawNamespace
#' if (getRversion() >= "4.3.0") {
#'   S3method("@", kerasvar.Array)
#' } else {
#'   export("@")
#' }
`@.kerasvar.Array` <- function(object, name) {
  get_accessor(object, as.character(name))
}

# Before 4.3 `@` looks for slots only. This one puts ours first, and otherwise
# has the next `@` on the search path look at the same object: S7 has one as well.
if (getRversion() < "4.3.0") {
  `@` <- function(object, name) {
    name <- substitute(name)
    if (is.environment(object) && (is_variable(object) || is_tensor(object))) {
      return(get_accessor(object, as.character(name)))
    }
    eval(as.call(list(next_at(), quote(object), name)), list(object = object), baseenv())
  }

  # As a symbol where it is R's own, whose errors show the call.
  next_at <- function() {
    ours <- FALSE
    for (where in seq_along(search())) {
      found <- get0("@", as.environment(where), mode = "function", inherits = FALSE)
      if (identical(found, `@`)) {
        ours <- TRUE
      } else if (ours && !is.null(found) && !is.primitive(found)) {
        return(found)
      }
    }
    quote(`@`)
  }

  # S7's `@` hands on to R's own, never to ours. Where S7 is attached after this
  # package, ours therefore goes before it once more.
  put_accessor_first <- function(...) {
    remove_accessor()
    do.call("attach", list(list(`@` = `@`), name = accessor_entry, warn.conflicts = FALSE))
  }

  remove_accessor <- function() {
    if (accessor_entry %in% search()) detach(accessor_entry, character.only = TRUE)
  }

  accessor_entry <- "kerasvar:accessor"

  .onAttach <- function(libname, pkgname) {
    setHook(packageEvent("S7", "attach"), put_accessor_first)
  }

  .onDetach <- function(libpath) {
    event <- packageEvent("S7", "attach")
    setHook(event, Filter(function(f) !identical(f, put_accessor_first), getHook(event)), "replace")
    remove_accessor()
  }
}

#' @rdname accessor
#' @format `newaxis` is `NULL`; `..` is a mark.
#' @export
newaxis <- NULL

#' @rdname accessor
#' @export
.. <- structure(list(), class = "kerasvar_all_axes")

#' @export
print.kerasvar_all_axes <- function(x, ...) {
  cat("<all axes not mentioned: use it as a subscript, x@r[..]>\n")
  invisible(x)
}

# ---- gathering -----------------------------------------------------------------

# `exprs` are the subscripts as written, because `1:3` is a slice here and `..`
# and a missing subscript are no values.
gather_accessor_subscripts <- function(exprs, ..., .call = caller_env()) {
  n <- length(exprs) - 1L
  out <- vector("list", n)
  quos <- NULL
  for (i in seq_len(n)) {
    expr <- exprs[[i + 1L]]
    if (missing(expr)) {
      subscript <- mark_missing()
    } else if (is.numeric(expr)) {
      subscript <- expr
    } else if (is_slice_call(expr)) {
      # Where the subscripts were handed on by another function, only the
      # promise knows in which environment they are to be evaluated.
      quos <- quos %||% rlang::enquos(..., .ignore_empty = "none")
      subscript <- encode_slice(quos[[i]], .call)
    } else if (identical(expr, quote(..)) || identical(expr, quote(all_dims()))) {
      subscript <- mark_all_axes()
    } else if (is_missing_dot(i, ...)) {
      subscript <- mark_missing()
    } else {
      subscript <- encode_accessor_subscript(...elt(i), .call)
    }
    if (!is.null(subscript)) {
      out[[i]] <- subscript
    }
  }
  out
}

encode_accessor_subscript <- function(x, call) {
  if (is.null(x)) {
    return(NULL)
  }
  if (inherits(x, "kerasvar_all_axes")) {
    return(mark_all_axes())
  }
  encode_subscript(x, call)
}

is_slice_call <- function(expr) {
  is.call(expr) && identical(expr[[1L]], quote(`:`)) && length(expr) == 3L
}

# list(start, end, step) for `start:end` or `start:end:step`, NULL for NA.
encode_slice <- function(quo, call) {
  expr <- rlang::quo_get_expr(quo)
  env <- rlang::quo_get_env(quo)
  if (!is_slice_call(expr)) {
    # Evaluated already: only its value is left.
    return(encode_accessor_subscript(rlang::eval_tidy(quo), call))
  }
  step <- NULL
  if (is_slice_call(expr[[2L]])) {
    step <- slice_bound(eval(expr[[3L]], env), "step", call)
    expr <- expr[[2L]]
  }
  start <- slice_bound(eval(expr[[2L]], env), "start", call)
  end <- slice_bound(eval(expr[[3L]], env), "end", call)
  list(start, end, step)
}

slice_bound <- function(x, what, call) {
  if (is.null(x) || inherits(x, "python.builtin.object")) {
    return(x)
  }
  if (length(x) != 1L || !(is.numeric(x) || (is.logical(x) && is.na(x)))) {
    cli::cli_abort(
      c(
        "The {what} of a slice must be a number or {.code NA}.",
        x = "You supplied {.obj_type_friendly {x}}."
      ),
      class = c("kerasvar_IndexError", "kerasvar_error"),
      call = call
    )
  }
  if (is.na(x)) NULL else as.vector(x)
}

# Python's own marks, which R has no value for.
mark_missing <- function() py_fn("bridge.accessor.MISSING")
mark_all_axes <- function() py_fn("bridge.accessor.ELLIPSIS")
