# S4 methods for functions that base R dispatches no other way. An S4 generic made
# from a function of base R takes its place without a masking message where this
# package is attached, and does what it did for everything else.

#' @importFrom methods setGeneric setMethod setOldClass signature
setOldClass(c("kerasvar.Variable", "kerasvar.Array"))
setOldClass(c("kerasvar_vector", "kerasvar_tensor", "kerasvar.Array"))

#' @exportMethod rowSums
#' @exportMethod rowMeans
#' @exportMethod colSums
#' @exportMethod colMeans
#' @exportMethod ifelse
#' @exportMethod which
#' @exportMethod drop
#' @exportMethod marginSums
#' @exportMethod margin.table
#' @exportMethod "mode<-"
#' @exportMethod I
#' @rawNamespace if (getRversion() < "4.4.0") exportMethods(crossprod, tcrossprod)
suppressMessages({
  setGeneric("rowSums")
  setGeneric("rowMeans")
  setGeneric("colSums")
  setGeneric("colMeans")
  setGeneric("crossprod")
  setGeneric("tcrossprod")
  setGeneric("ifelse")
  setGeneric("which")
  setGeneric("drop")
  setGeneric("marginSums")
  setGeneric("margin.table")
  setGeneric("mode<-")
  setGeneric("I")
})

s4_crossprod <- function(x, y = NULL, ...) {
  cross_product(x, y, second = FALSE, call = rlang::current_env())
}

s4_tcrossprod <- function(x, y = NULL, ...) {
  cross_product(x, y, second = TRUE, call = rlang::current_env())
}

setMethod("rowSums", "kerasvar.Array", function(x, na.rm = FALSE, dims = 1L, ...) {
  over_axes("sum", x, na.rm, dims, rows = TRUE, call = rlang::current_env())
})
setMethod("rowMeans", "kerasvar.Array", function(x, na.rm = FALSE, dims = 1L, ...) {
  over_axes("mean", x, na.rm, dims, rows = TRUE, call = rlang::current_env())
})
setMethod("colSums", "kerasvar.Array", function(x, na.rm = FALSE, dims = 1L, ...) {
  over_axes("sum", x, na.rm, dims, rows = FALSE, call = rlang::current_env())
})
setMethod("colMeans", "kerasvar.Array", function(x, na.rm = FALSE, dims = 1L, ...) {
  over_axes("mean", x, na.rm, dims, rows = FALSE, call = rlang::current_env())
})

# From R 4.4 on these two are primitives, which find the S3 methods instead.
if (!is.primitive(base::crossprod)) {
  for (other in c("ANY", "kerasvar.Array")) {
    setMethod("crossprod", signature("kerasvar.Array", other), s4_crossprod)
    setMethod("crossprod", signature(other, "kerasvar.Array"), s4_crossprod)
    setMethod("tcrossprod", signature("kerasvar.Array", other), s4_tcrossprod)
    setMethod("tcrossprod", signature(other, "kerasvar.Array"), s4_tcrossprod)
  }
  rm(other)
}

setMethod("ifelse", signature(test = "kerasvar.Array"), function(test, yes, no) {
  choose_elements(test, yes, no, call = rlang::current_env())
})
setMethod("which", signature(x = "kerasvar.Array"), function(x, arr.ind = FALSE, useNames = TRUE) {
  base::which(as_r(x), arr.ind = arr.ind, useNames = useNames)
})
setMethod("drop", "kerasvar.Array", function(x) drop_axes(x))

# Base R's functions that put the class of what they were given on the numbers they
# return, so these must be given numbers. As a method, with whatever arguments this
# version of R has.
of_numbers <- function(f) {
  body(f) <- call("{", quote(x <- as_r(x)), body(f))
  environment(f) <- topenv()
  f
}
setMethod("marginSums", "kerasvar.Array", of_numbers(base::marginSums))
setMethod("margin.table", "kerasvar.Array", of_numbers(base::margin.table))
setMethod("mode<-", "kerasvar.Array", of_numbers(base::`mode<-`))
# Base R's sets a class, and on an environment that is on every alias.
setMethod("I", signature(x = "kerasvar.Array"), function(x) base::I(as_r(x)))
