# Matrix algebra and arrays put together and turned. Those that base R dispatches
# on are S3 methods; those that it does not are S4 generics, which takes their
# place without a word where the package is attached, and `%*%`, for which R
# has a way only from 4.3 on.

#' Matrix algebra with variables and tensors
#'
#' What base R's functions of these names mean, computed where the variable
#' lives. Vectors without `dim` are rows or columns as needed, as in base R.
#' Tensors of more than two axes are multiplied as stacks of matrices, as NumPy
#' does.
#'
#' `%*%` dispatches on variables in R 4.3 and later. For older versions this
#' package exports a `%*%` that is base R's for everything else.
#'
#' @param x,y A variable or tensor, and a variable, tensor or R array.
#' @param a A variable or tensor.
#' @param perm The new order of the axes, from 1; reversed by default.
#' @param na.rm Leave out NaN?
#' @param dims How many of the first axes are "rows".
#' @param ...,deparse.level Values to bind; names are not kept.
#' @return A tensor.
#' @name matrix-algebra
#' @aliases rowSums,kerasvar.Array-method
#' @aliases rowMeans,kerasvar.Array-method
#' @aliases colSums,kerasvar.Array-method
#' @aliases colMeans,kerasvar.Array-method
#' @aliases crossprod,kerasvar.Array,kerasvar.Array-method
#' @aliases crossprod,kerasvar.Array,ANY-method
#' @aliases crossprod,ANY,kerasvar.Array-method
#' @aliases tcrossprod,kerasvar.Array,kerasvar.Array-method
#' @aliases tcrossprod,kerasvar.Array,ANY-method
#' @aliases tcrossprod,ANY,kerasvar.Array-method
#' @aliases crossprod tcrossprod rowSums rowMeans colSums colMeans
#' @usage
#' \S4method{rowSums}{kerasvar.Array}(x, na.rm = FALSE, dims = 1L, ...)
#'
#' \S4method{rowMeans}{kerasvar.Array}(x, na.rm = FALSE, dims = 1L, ...)
#'
#' \S4method{colSums}{kerasvar.Array}(x, na.rm = FALSE, dims = 1L, ...)
#'
#' \S4method{colMeans}{kerasvar.Array}(x, na.rm = FALSE, dims = 1L, ...)
#' @examplesIf kerasvar:::core_available()
#' W <- keras_variable(array(1:6, c(3, 2)), dtype = "float32")
#' x <- matrix(1, 4, 3)
#' x %*% W
#' crossprod(W)
#' rowSums(W)
#' cbind(1, t(W))
NULL

matrix_multiply <- function(x, y) {
  this <- sys.call(sys.parent())
  delayedAssign("call", call_of("%*%", this))
  left <- as_operand(x, arg = "x", call = call)
  right <- as_operand(y, arg = "y", call = call)
  new_tensor(
    call_py(
      py_fn("bridge.multiply"),
      left$value,
      right$value,
      left$kind,
      right$kind,
      .call = call
    )
  )
}

#' @rdname matrix-algebra
#' @rawNamespace
#' if (getRversion() < "4.3.0") {
#'   export("%*%")
#' } else {
#'   S3method(matrixOps, kerasvar.Array)
#'   S3method(chooseOpsMethod, kerasvar.Array)
#' }
`%*%` <- function(x, y) {
  if (is_ours(x) || is_ours(y)) matrix_multiply(x, y) else base::`%*%`(x, y)
}

# From R 4.3 on: `%*%`; from 4.4 on also the two others.
matrixOps.kerasvar.Array <- function(x, y = NULL) {
  if (.Generic == "%*%") {
    return(matrix_multiply(x, y))
  }
  this <- sys.call()
  cross_product(x, y, second = .Generic == "tcrossprod", call = call_of(.Generic, this))
}

# From R 4.3 on: our methods win where an operand of another class has its own.
chooseOpsMethod.kerasvar.Array <- function(x, y, mx, my, cl, reverse) TRUE

is_ours <- function(x) inherits(x, "kerasvar.Array")

# `crossprod()` and `tcrossprod()`: `second` says which operand is transposed.
cross_product <- function(x, y, second, call) {
  left <- as_operand(x, arg = "x", call = call)
  right <- if (is.null(y)) list(value = NULL, kind = kind_object) else as_operand(y, arg = "y", call = call)
  new_tensor(
    call_py(
      py_fn("bridge.cross"),
      left$value,
      right$value,
      left$kind,
      right$kind,
      second,
      .call = call
    )
  )
}

#' @rdname matrix-algebra
#' @export
t.kerasvar.Array <- function(x) {
  new_tensor(call_py(py_fn("bridge.transpose"), x))
}

#' @rdname matrix-algebra
#' @export
aperm.kerasvar.Array <- function(a, perm = NULL, ...) {
  axes <- if (!is.null(perm)) as.list(as.integer(perm) - 1L)
  new_tensor(call_py(py_fn("bridge.permute"), a, axes))
}

#' @rdname matrix-algebra
#' @export
cbind.kerasvar.Array <- function(..., deparse.level = 1) {
  bind_along(1L, list(...), "cbind")
}

#' @rdname matrix-algebra
#' @export
rbind.kerasvar.Array <- function(..., deparse.level = 1) {
  bind_along(0L, list(...), "rbind")
}

bind_along <- function(axis, values, generic) {
  # The method is called by the function that the user called.
  caller <- sys.parent(2)
  delayedAssign("call", call_of(generic, sys.call(caller), sys.frame(sys.parents()[caller])))
  data <- as_operands(values, call)
  new_tensor(
    call_py(py_fn("bridge.bind"), data$values, data$kinds, axis, .call = call)
  )
}

# Sums over axes -----------------------------------------------------------------

over_axes <- function(name, x, na.rm, dims, rows, call) {
  rank <- length(dim(x))
  first <- if (rows) dims else 0
  count <- if (rows) rank - dims else dims
  value <- call_py(
    py_fn("bridge.over_axes"),
    name, x, as.integer(first), as.integer(count), na.rm,
    .call = call
  )
  new_tensor(value, rank - count <= 1)
}
