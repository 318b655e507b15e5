# One line that says what a variable is, for str(), the environment pane and
# columns of tibbles.

#' @rdname print.kerasvar.Array
#' @importFrom utils str
#' @param vec.len How many elements to show, in the units of [utils::str()].
#' @export
str.kerasvar.Array <- function(object, ..., vec.len = NULL, width = NULL) {
  width <- check_bound(width, "width", getOption("width"), caller_env())
  vec.len <- vec.len %||% utils::strOptions()$vec.len
  cat(" ", one_line(object, ceiling(2.5 * vec.len), width), "\n", sep = "")
  invisible(object)
}

# `<keras_variable "w"> float32 [3 x 3] numpy: 99 0 0 99 0 0 ...`
one_line <- function(x, count = 10, width = getOption("width")) {
  if (is_invalid_pointer(x)) {
    return(format_invalid_pointer(x))
  }
  shown <- reticulate::py_to_r(
    call_py(py_fn("bridge.display.first_elements"), x, as.integer(count))
  )
  shown$shape <- as.integer(unlist(shown$shape))
  shown$shape[shown$shape < 0] <- NA
  header <- cli::ansi_strip(format_header(shown, Inf))
  if (is.null(shown$values) || length(shown$values) == 0) {
    return(header)
  }
  values <- r_values(shown$values, shown$dtype)
  elements <- if (shown$dtype == "string") {
    encodeString(values, quote = "\"")
  } else {
    trimws(if (is.character(values)) values else format_each(values))
  }
  fill_line(paste0(header, ":"), elements, prod(shown$shape), width)
}

format_each <- function(values) {
  vapply(values, format, character(1), digits = 3)
}

# As many elements as there is room for, one at least.
fill_line <- function(start, elements, size, width) {
  ends <- nchar(start, "width") + cumsum(nchar(elements, "width") + 1) + 5
  kept <- max(1, sum(ends <= width))
  dots <- if (kept < size) "..."
  paste(c(start, elements[seq_len(kept)], dots), collapse = " ")
}
