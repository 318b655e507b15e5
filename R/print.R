# print() writes what format() made.

#' @rdname print.kerasvar.Array
#' @export
print.kerasvar.Array <- function(x, digits = NULL, ..., n = NULL, width = NULL) {
  writeLines(format_lines(x, n, width, digits))
  invisible(x)
}

