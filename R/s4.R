# S4 methods for functions that base R dispatches no other way. An S4 generic made
# from a function of base R takes its place without a masking message where this
# package is attached, and does what it did for everything else.

#' @importFrom methods setGeneric setMethod setOldClass signature
setOldClass("kerasvar.Variable")
setOldClass(c("kerasvar_vector", "kerasvar_tensor"))

#' @exportMethod rowSums
#' @exportMethod rowMeans
#' @exportMethod colSums
#' @exportMethod colMeans
#' @exportMethod ifelse
#' @exportMethod which
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
})

s4_crossprod <- function(x, y = NULL, ...) {
  cross_product(x, y, second = FALSE, call = quote(crossprod()))
}

s4_tcrossprod <- function(x, y = NULL, ...) {
  cross_product(x, y, second = TRUE, call = quote(tcrossprod()))
}

for (ours in c("kerasvar.Variable", "kerasvar_tensor")) {
  setMethod("rowSums", ours, function(x, na.rm = FALSE, dims = 1L, ...) {
    over_axes("sum", x, na.rm, dims, rows = TRUE, call = quote(rowSums()))
  })
  setMethod("rowMeans", ours, function(x, na.rm = FALSE, dims = 1L, ...) {
    over_axes("mean", x, na.rm, dims, rows = TRUE, call = quote(rowMeans()))
  })
  setMethod("colSums", ours, function(x, na.rm = FALSE, dims = 1L, ...) {
    over_axes("sum", x, na.rm, dims, rows = FALSE, call = quote(colSums()))
  })
  setMethod("colMeans", ours, function(x, na.rm = FALSE, dims = 1L, ...) {
    over_axes("mean", x, na.rm, dims, rows = FALSE, call = quote(colMeans()))
  })

  # From R 4.4 on these two are primitives, which find the S3 methods instead.
  if (!is.primitive(base::crossprod)) {
    for (other in c("ANY", "kerasvar.Variable", "kerasvar_tensor")) {
      setMethod("crossprod", signature(ours, other), s4_crossprod)
      setMethod("crossprod", signature(other, ours), s4_crossprod)
      setMethod("tcrossprod", signature(ours, other), s4_tcrossprod)
      setMethod("tcrossprod", signature(other, ours), s4_tcrossprod)
    }
  }

  setMethod("ifelse", signature(test = ours), function(test, yes, no) {
    choose_elements(test, yes, no, call = quote(ifelse()))
  })
  setMethod("which", signature(x = ours), function(x, arr.ind = FALSE, useNames = TRUE) {
    base::which(as_r(x), arr.ind = arr.ind, useNames = useNames)
  })
}
suppressWarnings(rm(ours, other))
