# print() writes what format() made.

#' @rdname print.kerasvar.Variable
#' @export
print.kerasvar.Variable <- function(x, ..., n = NULL, width = NULL) {
  writeLines(format_lines(x, n, width))
  invisible(x)
}

#' @rdname print.kerasvar.Variable
#' @export
print.kerasvar_tensor <- print.kerasvar.Variable
