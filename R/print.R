# print() writes what format() made.

#' @rdname print.kerasvar.Array
#' @export
print.kerasvar.Array <- function(x, ..., n = NULL, width = NULL, digits = NULL) {
  writeLines(format_lines(x, n, width, digits))
  invisible(x)
}

