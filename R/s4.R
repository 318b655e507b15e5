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
  setGeneric("I")
})

s4_crossprod <- function(x, y = NULL, ...) {
  cross_product(x, y, second = FALSE, call = quote(crossprod()))
}

s4_tcrossprod <- function(x, y = NULL, ...) {
  cross_product(x, y, second = TRUE, call = quote(tcrossprod()))
}

setMethod("rowSums", "kerasvar.Array", function(x, na.rm = FALSE, dims = 1L, ...) {
  over_axes("sum", x, na.rm, dims, rows = TRUE, call = quote(rowSums()))
})
setMethod("rowMeans", "kerasvar.Array", function(x, na.rm = FALSE, dims = 1L, ...) {
  over_axes("mean", x, na.rm, dims, rows = TRUE, call = quote(rowMeans()))
})
setMethod("colSums", "kerasvar.Array", function(x, na.rm = FALSE, dims = 1L, ...) {
  over_axes("sum", x, na.rm, dims, rows = FALSE, call = quote(colSums()))
})
setMethod("colMeans", "kerasvar.Array", function(x, na.rm = FALSE, dims = 1L, ...) {
  over_axes("mean", x, na.rm, dims, rows = FALSE, call = quote(colMeans()))
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
  choose_elements(test, yes, no, call = quote(ifelse()))
})
setMethod("which", signature(x = "kerasvar.Array"), function(x, arr.ind = FALSE, useNames = TRUE) {
  base::which(as_r(x), arr.ind = arr.ind, useNames = useNames)
})
# Base R's sets a class, and on an environment that is on every alias.
setMethod("I", signature(x = "kerasvar.Array"), function(x) base::I(as_r(x)))
