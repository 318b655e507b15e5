# The last stage of printing: what was left out, or why there is no body.

# `hidden` is what format_body() says: how many rows, columns, ... it left out.
format_footer <- function(shown, hidden) {
  if (is.null(shown$values)) {
    return(cli::col_grey(paste0("# no value: ", shown$problem)))
  }
  hidden <- hidden[vapply(hidden, function(count) count > 0, NA)]
  if (length(hidden)) {
    more <- Map(count_more, hidden, names(hidden))
    cli::col_grey(paste0("# ", cli::symbol$ellipsis, " ", paste(more, collapse = ", ")))
  }
}

count_more <- function(count, thing) {
  number <- format(count, big.mark = ",", scientific = FALSE)
  paste(number, "more", if (count == 1) thing else plurals[[thing]])
}

plurals <- c(
  element = "elements",
  row = "rows",
  column = "columns",
  matrix = "matrices"
)
