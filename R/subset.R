#' Subscripts: read and write parts of a variable or tensor
#'
#' `x[...]` means what it means for an R array, and `x[...] <- value` writes a
#' variable where it is: what a write costs depends on what is written, not on
#' the size of the variable. Base R's own rules hold, as [Extract] has them:
#' positions count from 1, negative ones drop, logical ones recycle, zeros select
#' nothing, a matrix with a column for each axis holds coordinates, one subscript
#' for an array of several axes runs down the columns, axes of extent 1 are
#' dropped unless `drop = FALSE`, and numbers are truncated toward zero.
#' Variables and tensors can be subscripts too.
#'
#' There are two limits. A subscript outside the shape is an error, because a
#' variable does not grow. And where base R only warns that the length of a
#' replacement does not fit, that is an error as well.
#'
#' A variable is a reference: `v[1, ] <- 0` changes it under every name it has. A
#' tensor is a value, as an R array is: `t[1, ] <- 0` makes a new tensor that `t`
#' then names, and leaves everything else alone.
#'
#' @section NA:
#' An `NA` subscript selects a missing value when reading, which a float or
#' complex variable shows as `NaN` and any other cannot hold: that is an error.
#' When assigning, an `NA` subscript is skipped if `value` has length one and an
#' error otherwise, as in base R. `NA` as a value is an error, also for floats:
#' say `NaN`, or use [assign_at()] with `na = "nan"`.
#'
#' @section Values:
#' Values are recycled down the columns. They are cast to the variable's dtype,
#' but not at any price: a fraction or a number out of range for an integer
#' variable is an error. After an error the variable is as it was.
#'
#' @param x A variable made by [keras_variable()], or a tensor such as `v$value`.
#' @param ... Subscripts, any of which may be left out. Character ones need
#'   [dimnames()].
#' @param drop Whether axes of extent 1 are dropped.
#' @param exact Ignored.
#' @param value Numbers, or a variable or tensor.
#' @return `[` and `[[` return a tensor that lives where `x` does and never
#'   changes; [as.array()] and friends bring it to R. `[[` selects one element.
#'   The assignments return `x`, or the new tensor.
#' @seealso [`@r`][accessor] for subscripts as in R keras, [assign_at()] for use
#'   in pipes and to accumulate.
#' @name subscripts
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(1:12, c(3, 4)))
#' v[2, ]
#' v[-1, c(TRUE, FALSE)]
#' v[cbind(1:3, 3:1)]
#' v[[2, 3]]
#'
#' v[2, ] <- 0L
#' v[v > 6] <- c(100L, 200L)
#' v
#'
#' # A tensor is a value
#' before <- after <- v$value
#' after[1, ] <- 0L
#' before
NULL

#' @rdname subscripts
#' @export
`[.kerasvar.Array` <- function(x, ..., drop = TRUE) {
  subscripts <- gather_subscripts(...)
  # Would base R return a vector, without `dim`? Where the subscripts leave that
  # open, Python puts a tuple around the tensor if the guess is wrong.
  vector <- gives_vector(x, subscripts, drop)
  open <- is.na(vector)
  if (open) vector <- length(subscripts) == 1L
  result <- call_py(
    py_fn("bridge.access.read"),
    x,
    subscripts,
    drop,
    if (open) vector
  )
  if (open && inherits(result, "python.builtin.tuple")) {
    vector <- !vector
    result <- reticulate::py_get_item(result, 0L)
  }
  new_tensor(result, vector)
}

#' @rdname subscripts
#' @export
`[[.kerasvar.Array` <- function(x, ..., exact = TRUE) {
  subscripts <- gather_subscripts(...)
  new_tensor(call_py(py_fn("bridge.access.read_element"), x, subscripts), vector = TRUE)
}

#' @rdname subscripts
#' @export
`[<-.kerasvar.Array` <- function(x, ..., value) {
  subset_write("bridge.access.write", x, gather_subscripts(...), value)
}

#' @rdname subscripts
#' @export
`[[<-.kerasvar.Array` <- function(x, ..., value) {
  subset_write("bridge.access.write_element", x, gather_subscripts(...), value)
}

# A variable is changed where it is; a tensor gives way to a new one.
subset_write <- function(f, x, subscripts, value, ..., na = "error", call = caller_env()) {
  data <- as_operand(value, na = na, call = shown_call(call))
  written <- call_py(py_fn(f), x, subscripts, data$value, data$kind, ..., .call = call)
  if (is_variable(x)) with_identity(x) else new_tensor(written, is_vector_tensor(x))
}

is_variable <- function(x) {
  inherits(x, "kerasvar.Variable")
}

gives_vector <- function(x, subscripts, drop) {
  n <- length(subscripts)
  if (n == 1L) {
    return(if (is_vector_tensor(x)) TRUE else NA)
  }
  if (n == 0L || !drop) {
    return(FALSE)
  }
  others <- n
  for (s in subscripts) {
    # One position; not a matrix, which could be more.
    if (is.numeric(s) && length(s) == 1L && is.null(attributes(s)) && isTRUE(s >= 1)) {
      others <- others - 1L
    }
  }
  if (others <= 1L) TRUE else NA
}
