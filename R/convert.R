# From Python to R: as.array() and its kin. Each is one call, and what comes back
# is a copy that nothing changes later.

#' Variables and tensors as R data
#'
#' `as.array()` gives an R array with the value's `dim`; a value without axes
#' gives a number. The others are base R's, applied to that.
#'
#' @section Types:
#' `r conversion_table_rd()`
#'
#' Names and dimnames do not cross the bridge: tensors have none. Give them to a
#' variable with `dimnames(v) <-`, where they stay on the R side.
#'
#' A class that gives numbers a meaning (factor, Date, POSIXct, difftime) is never
#' dropped silently: these are errors that say how to ask for the numbers. Lists,
#' too, are errors.
#'
#' @section Missing values:
#' Only R has `NA`. Into a float it becomes NaN if that is asked for with
#' `na = "nan"`, as in `keras_variable(x, na = "nan")` and
#' `v$assign(x, na = "nan")`; otherwise, and for every other type, it is an error
#' that counts them. NaN itself crosses as it is.
#'
#' @param x A variable or tensor.
#' @param ... Passed on to base R's method.
#' @param mode As in [as.vector()].
#' @return `as.array()`: an array, or a vector of length one if `x` has no axes.
#'   The others: what their names say. 64-bit integers beyond 2^53 come as
#'   `integer64`, exactly, if the package bit64 is installed, and are an error
#'   otherwise.
#' @name conversion
#' @aliases conversion
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(1:6, c(2, 3)))
#' as.array(v)
#' as.numeric(v * 0.5)
#' as.matrix(v[1, ])
#'
#' # Exact, at any rank
#' a <- array(rnorm(24), c(2, 3, 4))
#' identical(as.array(keras_variable(a, backend = "numpy")), a)
NULL

#' @rdname conversion
#' @export
as.array.kerasvar.Array <- function(x, ...) {
  value <- call_py(py_fn("bridge.column_major"), x, TRUE)
  if (inherits(value, "python.builtin.dict")) {
    return(filled_array(x, reticulate::py_to_r(value)))
  }
  if (inherits(value, "python.builtin.tuple")) {
    return(as_integer64(reticulate::py_to_r(value)[[1]]))
  }
  reticulate::py_to_r(value)
}

# A large value goes straight into an array that is made here for it, which takes
# half the time of having reticulate copy it once more. Nobody else has seen the
# array yet, so nothing changes under anybody.
filled_array <- function(x, wanted) {
  value <- vector(if (wanted$integer) "integer" else "double", prod(wanted$shape))
  # No value of a variable, so that it shows if reticulate handed Python a copy.
  value[1] <- if (wanted$integer) NA_integer_ else NA_real_
  dim(value) <- as.integer(wanted$shape)
  first <- reticulate::py_to_r(call_py(py_fn("bridge.fill"), x, value))
  if (is.na(value[1]) && !is.nan(first)) {
    return(reticulate::py_to_r(call_py(py_fn("bridge.column_major"), x)))
  }
  value
}

# The bits of 64-bit integers, as doubles.
as_integer64 <- function(bits, call = caller_env()) {
  if (!rlang::is_installed("bit64")) {
    cli::cli_abort(
      c(
        "The value has integers beyond 2^53, which R's numbers do not hold.",
        i = "Install {.pkg bit64} to get them as {.cls integer64}."
      ),
      class = c("kerasvar_ValueError", "kerasvar_error"),
      call = call
    )
  }
  class(bits) <- "integer64"
  bits
}

# The elements down the columns, without dim.
elements <- function(x) {
  value <- as.array(x)
  dim(value) <- NULL
  value
}

#' @rdname conversion
#' @export
as.vector.kerasvar.Array <- function(x, mode = "any") {
  value <- elements(x)
  # Base R's takes the class off 64-bit integers, and what is left is their bits.
  if (inherits(value, "integer64")) {
    if (mode == "any") {
      return(value)
    }
    value <- if (mode == "list") as.list(value) else if (mode == "character") as.character(value) else as.double(value)
  }
  as.vector(value, mode)
}

#' @rdname conversion
#' @export
as.double.kerasvar.Array <- function(x, ...) {
  refuse_sprintf("as.numeric")
  as.double(elements(x))
}

# sprintf() converts what it is given by these methods, but takes its length to be
# the number of bindings of the environment that a Python object is in R.
refuse_sprintf <- function(conversion) {
  caller <- sys.parent(2)
  if (identical(sys.function(caller), sprintf)) {
    cli::cli_abort(
      c(
        "{.fn sprintf} cannot tell how many elements a variable or tensor has.",
        i = "Give it R data: {.code sprintf(fmt, {conversion}(x))}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = call_of("sprintf", sys.call(caller), sys.frame(sys.parents()[caller]))
    )
  }
}

#' @rdname conversion
#' @export
as.integer.kerasvar.Array <- function(x, ...) as.integer(elements(x))

#' @rdname conversion
#' @export
as.logical.kerasvar.Array <- function(x, ...) as.logical(elements(x))

#' @rdname conversion
#' @export
as.complex.kerasvar.Array <- function(x, ...) as.vector(x, "complex")

#' @rdname conversion
#' @export
as.character.kerasvar.Array <- function(x, ...) {
  refuse_sprintf("as.character")
  as.character(elements(x))
}

#' @rdname conversion
#' @export
as.raw.kerasvar.Array <- function(x) as.raw(as.double(elements(x)))

#' @rdname conversion
#' @export
as.list.kerasvar.Array <- function(x, ...) as.list(elements(x))

#' @rdname conversion
#' @export
as.matrix.kerasvar.Array <- function(x, ...) {
  value <- as.array(x)
  # As base R has it: what is no matrix becomes one column.
  if (length(dim(value)) != 2) {
    dim(value) <- c(length(value), 1L)
  }
  value
}

#' @rdname conversion
#' @export
as.data.frame.kerasvar.Array <- function(x, ...) {
  value <- as.matrix(x)
  frame <- as.data.frame(unclass(value), ...)
  if (inherits(value, "integer64")) {
    # Base R's takes the class off each column.
    frame[] <- lapply(frame, as_integer64)
  }
  frame
}

# What base R asks of an array ---------------------------------------------------

#' @export
is.array.kerasvar.Array <- function(x) length(dim(x)) > 0

#' @export
is.matrix.kerasvar.Array <- function(x) {
  matrix <- length(dim(x)) == 2
  caller <- parent.frame()
  if (matrix && identical(sys.function(sys.parent()), matrix_constructor())) {
    # Matrix::Matrix() (1.5.3, and later ones too) takes the class off what it has
    # asked this of, and on an environment that is off every alias. Its own local
    # `data` becomes an R matrix instead.
    assign("data", as.array(x), envir = caller)
  }
  matrix
}

matrix_constructor <- function() {
  if (isNamespaceLoaded("Matrix")) asNamespace("Matrix")$Matrix
}

#' @export
is.numeric.kerasvar.Array <- function(x) {
  !py_dtype(x) %in% c("bool", "string", "complex64", "complex128")
}

#' @method all.equal kerasvar.Array
#' @export
all.equal.kerasvar.Array <- function(target, current, ...) {
  all.equal(as_r(target), as_r(current), ...)
}

# An R array of what is ours, anything else as it is.
as_r <- function(x) {
  if (is_keras_variable(x) || is_tensor(x)) {
    if (is_vector_tensor(x)) elements(x) else as.array(x)
  } else {
    x
  }
}
