# The first stage of printing: one line that says what it is. Wrapped, never
# cut, where the line is narrow.

format_header <- function(shown, width) {
  label <- if (shown$kind == "variable") {
    paste0("<keras_variable ", encodeString(shown$path, quote = "\""), ">")
  } else {
    "<tensor>"
  }
  facts <- paste(format_dtype(shown), format_shape(shown$shape), shown$backend)
  flags <- format_flags(shown$flags)
  lines <- paste(label, facts)
  for (flag in flags) {
    last <- length(lines)
    longer <- paste0(lines[last], ", ", flag)
    if (nchar(longer, "width") <= width) {
      lines[last] <- longer
    } else {
      lines[last] <- paste0(lines[last], ",")
      lines <- c(lines, paste0("  ", flag))
    }
  }
  sub(label, cli::col_blue(label), lines, fixed = TRUE)
}

format_dtype <- function(shown) {
  if (is.null(shown$stored)) {
    return(shown$dtype)
  }
  paste0(shown$dtype, " (autocast from ", shown$stored, ")")
}

format_shape <- function(shape) {
  paste0("[", paste(ifelse(is.na(shape), "?", shape), collapse = " x "), "]")
}

# `trainable = FALSE`, `aggregation = "mean"`: as they would be typed.
format_flags <- function(flags) {
  shown <- vapply(flags, function(flag) {
    if (is.character(flag)) encodeString(flag, quote = "\"") else format(flag)
  }, character(1))
  callable <- names(flags) %in% c("regularizer", "constraint", "layout")
  shown[callable] <- vapply(flags[callable], format, character(1))
  if (length(flags)) paste(names(flags), "=", shown)
}
