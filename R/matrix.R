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
#' @aliases rowSums,kerasvar.Variable-method
#' @aliases rowSums,kerasvar_tensor-method
#' @aliases rowMeans,kerasvar.Variable-method
#' @aliases rowMeans,kerasvar_tensor-method
#' @aliases colSums,kerasvar.Variable-method
#' @aliases colSums,kerasvar_tensor-method
#' @aliases colMeans,kerasvar.Variable-method
#' @aliases colMeans,kerasvar_tensor-method
#' @aliases crossprod,kerasvar.Variable,kerasvar.Variable-method
#' @aliases crossprod,kerasvar.Variable,kerasvar_tensor-method
#' @aliases crossprod,kerasvar.Variable,ANY-method
#' @aliases crossprod,kerasvar_tensor,kerasvar.Variable-method
#' @aliases crossprod,kerasvar_tensor,kerasvar_tensor-method
#' @aliases crossprod,kerasvar_tensor,ANY-method
#' @aliases crossprod,ANY,kerasvar.Variable-method
#' @aliases crossprod,ANY,kerasvar_tensor-method
#' @aliases tcrossprod,kerasvar.Variable,kerasvar.Variable-method
#' @aliases tcrossprod,kerasvar.Variable,kerasvar_tensor-method
#' @aliases tcrossprod,kerasvar.Variable,ANY-method
#' @aliases tcrossprod,kerasvar_tensor,kerasvar.Variable-method
#' @aliases tcrossprod,kerasvar_tensor,kerasvar_tensor-method
#' @aliases tcrossprod,kerasvar_tensor,ANY-method
#' @aliases tcrossprod,ANY,kerasvar.Variable-method
#' @aliases tcrossprod,ANY,kerasvar_tensor-method
#' @aliases crossprod tcrossprod rowSums rowMeans colSums colMeans
#' @usage
#' \S4method{rowSums}{kerasvar.Variable}(x, na.rm = FALSE, dims = 1L, ...)
#'
#' \S4method{rowMeans}{kerasvar.Variable}(x, na.rm = FALSE, dims = 1L, ...)
#'
#' \S4method{colSums}{kerasvar.Variable}(x, na.rm = FALSE, dims = 1L, ...)
#'
#' \S4method{colMeans}{kerasvar.Variable}(x, na.rm = FALSE, dims = 1L, ...)
#' @examplesIf kerasvar:::core_available()
#' W <- keras_variable(array(1:6, c(3, 2)), dtype = "float32")
#' x <- matrix(1, 4, 3)
#' x %*% W
#' crossprod(W)
#' rowSums(W)
#' cbind(1, t(W))
NULL

matrix_multiply <- function(x, y) {
  this <- sys.call()
  delayedAssign("call", call_of("%*%", this))
  left <- door(x, arg = "x", call = call)
  right <- door(y, arg = "y", call = call)
  dress_tensor(
    call_py(
      py_fn("bridge.multiply"),
      left$value,
      right$value,
      4L * left$kind + right$kind,
      .call = call
    )
  )
}

#' @rdname matrix-algebra
#' @rawNamespace
#' if (getRversion() < "4.3.0") {
#'   export("%*%")
#' } else {
#'   S3method(matrixOps, kerasvar.Variable)
#'   S3method(matrixOps, kerasvar_tensor)
#'   S3method(chooseOpsMethod, kerasvar.Variable)
#'   S3method(chooseOpsMethod, kerasvar_tensor)
#' }
`%*%` <- function(x, y) {
  if (is_ours(x) || is_ours(y)) matrix_multiply(x, y) else base::`%*%`(x, y)
}

# From R 4.3 on: `%*%`; from 4.4 on also the two others.
matrixOps.kerasvar.Variable <- function(x, y = NULL) {
  switch(
    .Generic,
    "%*%" = matrix_multiply(x, y),
    crossprod = cross_product(x, y, second = FALSE, call = quote(crossprod())),
    tcrossprod = cross_product(x, y, second = TRUE, call = quote(tcrossprod()))
  )
}

matrixOps.kerasvar_tensor <- matrixOps.kerasvar.Variable

# From R 4.3 on: our methods win where an operand of another class has its own.
chooseOpsMethod.kerasvar.Variable <- function(x, y, mx, my, cl, reverse) TRUE

chooseOpsMethod.kerasvar_tensor <- chooseOpsMethod.kerasvar.Variable

is_ours <- function(x) inherits(x, c("kerasvar.Variable", "kerasvar_tensor"))

# `crossprod()` and `tcrossprod()`: `second` says which operand is transposed.
cross_product <- function(x, y, second, call) {
  left <- door(x, arg = "x", call = call)
  right <- if (is.null(y)) list(value = NULL, kind = kind_object) else door(y, arg = "y", call = call)
  dress_tensor(
    call_py(
      py_fn("bridge.cross"),
      left$value,
      right$value,
      4L * left$kind + right$kind,
      second,
      .call = call
    )
  )
}

#' @rdname matrix-algebra
#' @export
t.kerasvar.Variable <- function(x) {
  dress_tensor(call_py(py_fn("bridge.transpose"), x))
}

#' @export
t.kerasvar_tensor <- t.kerasvar.Variable

#' @rdname matrix-algebra
#' @export
aperm.kerasvar.Variable <- function(a, perm = NULL, ...) {
  axes <- if (!is.null(perm)) as.list(as.integer(perm) - 1L)
  dress_tensor(call_py(py_fn("bridge.permute"), a, axes))
}

#' @export
aperm.kerasvar_tensor <- aperm.kerasvar.Variable

#' @rdname matrix-algebra
#' @export
cbind.kerasvar.Variable <- function(..., deparse.level = 1) bind_along(1L, ...)

#' @export
cbind.kerasvar_tensor <- cbind.kerasvar.Variable

#' @rdname matrix-algebra
#' @export
rbind.kerasvar.Variable <- function(..., deparse.level = 1) bind_along(0L, ...)

#' @export
rbind.kerasvar_tensor <- rbind.kerasvar.Variable

bind_along <- function(axis, ..., call = caller_env()) {
  data <- doors(..., call = call)
  dress_tensor(
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
  dress_tensor(value, rank - count <= 1)
}
