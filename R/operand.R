# The one conversion through which R data enter Python. What becomes of which type is in
# conversion-table.R; what the kinds mean is written in bridge/data.py.

kind_object <- 0L
kind_array <- 1L
kind_vector <- 2L
kind_vector_tensor <- 3L

#' R data on their way into Python
#'
#' Nothing is copied here but what needs another type: an array reaches Python as
#' a view of R's memory, and is copied there once. Missing values of integers and
#' doubles are found there; a logical `NA` would arrive as `True`, so it is found
#' here.
#'
#' @param x Anything. Names and dimnames are left behind.
#' @param na "error", or "nan" for NaN in place of NA; NULL where the user has no
#'   such choice.
#' @return A list: `value`, which `py_call()` can pass on, and its `kind`.
#' @noRd
as_operand <- function(x, na = NULL, arg = "value", call = caller_env()) {
  # Asked for its length, a variable would have to ask Python.
  if (inherits(x, "python.builtin.object")) {
    kind <- if (is_vector_tensor(x)) kind_vector_tensor else kind_object
    return(list(value = x, kind = kind))
  }
  # A number first, because most operands are one.
  if (length(x) == 1L && is.null(attributes(x)) && is.numeric(x) && !is.na(x)) {
    return(list(value = x, kind = kind_object))
  }
  if (is.object(x)) {
    x <- plain_data(x, arg, call)
    if (inherits(x, "python.builtin.object")) {
      return(list(value = x, kind = if (attr(x, "vector")) kind_vector else kind_array))
    }
  }
  if (!is.atomic(x) || is.null(x)) {
    hint <- if (is.list(x)) "Say {.code unlist()}, or make an array of it."
    abort_type(x, arg, hint, call)
  }
  if (identical(na, "nan")) {
    x <- with_nan(x)
  } else if (is.logical(x) && anyNA(x)) {
    abort_missing(x, arg, na, call)
  }
  vector <- is.null(dim(x))
  if (vector && length(x) == 1L && !is.raw(x)) {
    # One NA is found here, since Python has no array to look into.
    if (is.na(x) && !is.nan(x)) {
      abort_missing(x, arg, na, call)
    }
    return(list(value = as.vector(x), kind = kind_object))
  }
  # Raw vectors, too: without a dim they would reach Python as bytearrays.
  attributes(x) <- list(dim = dim(x) %||% length(x))
  list(value = x, kind = if (vector) kind_vector else kind_array)
}

# Whoever asks for NaN gets doubles, since nothing else can hold it.
with_nan <- function(x) {
  if (!anyNA(x) || is.character(x)) {
    return(x)
  }
  if (!is.complex(x)) {
    storage.mode(x) <- "double"
  }
  x[is.na(x)] <- NaN
  x
}

# Classed data as plain data of the same meaning, or an error: a class that gives
# numbers a meaning is never dropped silently.
plain_data <- function(x, arg, call) {
  if (inherits(x, "integer64")) {
    return(as_int64(x, call))
  }
  if (is.data.frame(x)) {
    numbers <- vapply(x, function(column) is.numeric(column) || is.logical(column), NA)
    if (!all(numbers) || any(vapply(x, is.object, NA))) {
      abort_type(x, arg, "Only columns of numbers and logicals make a matrix.", call)
    }
    return(as.matrix(x))
  }
  if (inherits(x, "sparseMatrix")) {
    abort_type(x, arg, "Make it dense with {.code as.matrix()}, if it fits into memory.", call)
  }
  if (inherits(x, "Matrix")) {
    return(as.matrix(x))
  }
  if (inherits(x, "factor")) {
    abort_type(
      x, arg,
      "Say {.code as.integer()} for its codes or {.code as.character()} for its labels.",
      call
    )
  }
  if (inherits(x, c("Date", "POSIXct", "POSIXlt", "difftime"))) {
    abort_type(x, arg, "Say {.code as.numeric()}, and in which unit, for its number.", call)
  }
  if (!inherits(x, harmless_classes)) {
    abort_type(x, arg, "Say {.code unclass()} if the plain numbers are meant.", call)
  }
  unclass(x)
}

# Classes that say how numbers came about or are printed, not what they mean.
harmless_classes <- c("table", "ts", "AsIs", "noquote", "scalar")

# The bits of an integer64 lie in doubles, so Python has to be told.
as_int64 <- function(x, call) {
  bits <- unclass(x)
  vector <- is.null(dim(bits))
  attributes(bits) <- list(dim = dim(bits) %||% length(bits))
  value <- call_py(py_fn("bridge.from_integer64"), bits, .call = call)
  attr(value, "vector") <- vector
  value
}

abort_type <- function(x, arg, hint, call) {
  cli::cli_abort(
    c(
      "{.arg {arg}} must be numbers, logicals, text, an array or a tensor.",
      x = "You supplied {.obj_type_friendly {x}}.",
      i = hint
    ),
    class = c("kerasvar_TypeError", "kerasvar_error"),
    call = call
  )
}

abort_missing <- function(x, arg, na, call) {
  count <- sum(is.na(x))
  cli::cli_abort(
    c(
      "{.arg {arg}} has {count} missing value{?s} ({.code NA}).",
      i = if (is.null(na)) {
        "Tensors have none. Say {.code NaN} where that is meant."
      } else {
        "With {.code na = \"nan\"} each becomes NaN, in a float variable."
      }
    ),
    class = c("kerasvar_ValueError", "kerasvar_error"),
    call = call
  )
}
