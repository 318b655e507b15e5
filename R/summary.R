# A variable in a few numbers, computed on its device by statistics.py.

#' Summarise variables and tensors
#'
#' Range, quartiles, mean, and the shares of zeros and of values that are not finite
#' (`NaN`, `Inf`). All is computed where the values live: a handful of numbers leaves
#' the device.
#'
#' @param object A variable or tensor of numbers or logicals; logicals count as 0 and
#'   1. Text and complex numbers are an error.
#' @param x A summary.
#' @param digits How many significant digits to print.
#' @param ... For methods; not used.
#' @return A `kerasvar_summary`: a list of `statistics` (a named vector: `Min.`,
#'   `1st Qu.`, `Median`, `Mean`, `3rd Qu.`, `Max.`, of the finite values), `zeros` and
#'   `not_finite` (shares between 0 and 1) and `size` (the number of elements).
#' @name summary.kerasvar.Array
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(c(0, 0, 1:8), c(2, 5)), name = "w")
#' summary(v)
#' summary(v)$statistics["Mean"]
NULL

#' @rdname summary.kerasvar.Array
#' @export
summary.kerasvar.Array <- function(object, ...) {
  found <- reticulate::py_to_r(call_py(py_fn("bridge.statistics.summary"), object))
  quartiles <- as.numeric(unlist(found$quartiles))
  statistics <- c(quartiles[1:3], as.numeric(found$mean), quartiles[4:5])
  names(statistics) <- c("Min.", "1st Qu.", "Median", "Mean", "3rd Qu.", "Max.")
  structure(
    list(
      header = format_header(variable_facts(object), Inf),
      statistics = statistics,
      zeros = found$zeros / max(found$size, 1),
      not_finite = found$not_finite / max(found$size, 1),
      size = found$size
    ),
    class = "kerasvar_summary"
  )
}

#' @rdname summary.kerasvar.Array
#' @export
format.kerasvar_summary <- function(x, digits = max(3, getOption("digits") - 3), ...) {
  if (x$size == 0) {
    return(c(x$header, "no elements"))
  }
  # As base R does: what is tiny beside the rest is zero.
  numbers <- format(zapsmall(x$statistics, digits + 1), digits = digits)
  width <- pmax(nchar(numbers), nchar(names(x$statistics)))
  share <- function(part) paste0(format(100 * part, digits = 3), "%")
  c(
    x$header,
    paste(pad(names(x$statistics), width), collapse = " "),
    paste(pad(numbers, width), collapse = " "),
    paste0(
      share(x$zeros), " zeros, ", share(x$not_finite), " not finite, of ",
      format(x$size, big.mark = ",", scientific = FALSE)
    )
  )
}

#' @rdname summary.kerasvar.Array
#' @export
print.kerasvar_summary <- function(x, ...) {
  writeLines(format(x, ...))
  invisible(x)
}

# The facts about `x` that a header is made of.
variable_facts <- function(x) {
  facts <- reticulate::py_to_r(call_py(py_fn("bridge.display.describe"), x))
  facts$shape <- as.integer(unlist(facts$shape))
  facts$shape[facts$shape < 0] <- NA
  facts
}
