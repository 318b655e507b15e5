# The middle stage of printing: the elements, laid out as base R lays out a
# vector, a matrix or an array. Which elements there are to show was decided by
# excerpt(); here only columns and elements that do not fit are left out. The
# result is a list: `lines`, and in `hidden` what is not shown, for the footer.

format_body <- function(shown, n, width) {
  shape <- shown$shape
  if (is.null(shown$values)) {
    return(list(lines = character(), hidden = list()))
  }
  if (any(shape == 0)) {
    return(list(lines = format_empty(shown), hidden = list()))
  }
  if (length(shape) < 2) {
    body_vector(shown, n, width)
  } else {
    body_array(shown, width)
  }
}

format_empty <- function(shown) {
  shape <- shown$shape
  if (length(shape) == 1) {
    return(capture_print(shown$values))
  }
  kind <- if (length(shape) == 2) "matrix" else "array"
  paste0("<", paste(shape, collapse = " x "), " ", kind, " of ", shown$dtype, ">")
}

capture_print <- function(x) {
  # `integer(0)`, `character(0)`: R's own words.
  deparse(x)
}

# ---- vectors -----------------------------------------------------------------

body_vector <- function(shown, n, width) {
  values <- shown$values
  size <- if (length(shown$shape)) shown$shape else 1L
  label_width <- nchar(size) + 2
  per_line <- elements_per_line(format_cells(values, shown$dtype), label_width, width)
  starts <- seq(1, size, by = per_line)
  gap <- NULL
  if (length(starts) > n) {
    head <- ceiling(n / 2)
    starts <- c(utils::head(starts, head), utils::tail(starts, n - head))
    gap <- head
  }
  positions <- lapply(starts, function(start) seq(start, min(start + per_line - 1, size)))
  at <- match(unlist(positions), shown$rows)
  # Once more: what is not shown has no say in digits and widths.
  cells <- format_cells(values[at], shown$dtype)
  cells <- split(colour_cells(cells, values[at]), rep(seq_along(positions), lengths(positions)))
  labels <- formatC(paste0("[", starts, "]"), width = label_width)
  lines <- paste0(cli::col_grey(labels), " ", vapply(cells, paste, "", collapse = " "))
  list(
    lines = with_gap(lines, gap, label_width),
    hidden = list(element = size - length(at))
  )
}

elements_per_line <- function(cells, label_width, width) {
  room <- (width - label_width) %/% (nchar(cells[1], "width") + 1)
  min(max(1, room), .Machine$integer.max)
}

# ---- matrices and arrays -----------------------------------------------------

body_array <- function(shown, width) {
  shape <- shown$shape
  slices <- shown$slices
  values <- array(
    shown$values,
    c(length(shown$rows), length(shown$columns), length(slices))
  )
  cells <- lapply(seq_along(slices), function(slice) {
    slice_columns(matrix(values[, , slice], nrow(values)), shown)
  })
  rows <- row_labels(shown)
  kept <- columns_that_fit(cells, shown$columns, shape[2], nchar(rows[1], "width"), width)
  matrices <- lapply(cells, function(columns) {
    matrix_lines(columns[kept], shown$columns[kept], rows, shown)
  })
  count <- prod(shape[-(1:2)])
  list(
    lines = if (length(shape) == 2) matrices[[1]] else join_slices(matrices, shown),
    hidden = list(
      row = shape[1] - length(shown$rows),
      column = shape[2] - length(kept),
      matrix = count - length(slices)
    )
  )
}

# Each column formatted by itself, below its label, as R does.
slice_columns <- function(values, shown) {
  labels <- column_labels(shown)
  left <- shown$dtype == "string"
  lapply(seq_len(ncol(values)), function(j) {
    cells <- format_cells(values[, j], shown$dtype)
    column <- c(labels[j], cells)
    size <- max(nchar(column, "width"))
    column <- pad(column, size, left)
    list(
      text = c(cli::col_grey(column[1]), colour_cells(column[-1], values[, j])),
      width = size
    )
  })
}

matrix_lines <- function(columns, positions, rows, shown) {
  gap <- which(diff(positions) > 1)
  corner <- strrep(" ", nchar(rows[1], "width"))
  parts <- lapply(columns, `[[`, "text")
  if (length(gap)) {
    dots <- cli::col_grey(rep(cli::symbol$ellipsis, length(rows) + 1))
    parts <- append(parts, list(dots), after = gap[1])
  }
  lines <- do.call(paste, c(list(c(corner, cli::col_grey(rows))), parts))
  # The header is no row that could be left out.
  row_gap <- which(diff(shown$rows) > 1)
  with_gap(lines, if (length(row_gap)) row_gap[1] + 1, nchar(rows[1], "width"))
}

row_labels <- function(shown) {
  names <- shown$dimnames[[1]]
  if (is.null(names)) {
    labels <- paste0("[", shown$rows, ",]")
    return(formatC(labels, width = max(nchar(labels))))
  }
  pad(names[shown$rows], max(nchar(names[shown$rows], "width")), left = TRUE)
}

column_labels <- function(shown) {
  names <- shown$dimnames
  names <- if (length(names) > 1) names[[2]]
  if (is.null(names)) paste0("[,", shown$columns, "]") else names[shown$columns]
}

# Columns are taken from both ends in turn, the first ones first, while they fit.
columns_that_fit <- function(cells, positions, count, label_width, width) {
  widths <- do.call(pmax, lapply(cells, function(columns) {
    vapply(columns, `[[`, numeric(1), "width")
  })) + 1
  size <- length(positions)
  if (size == count && label_width + sum(widths) <= width) {
    return(seq_len(size))
  }
  ends <- as.vector(rbind(seq_len(size), rev(seq_len(size))))
  ends <- ends[!duplicated(ends)]
  dots <- nchar(cli::symbol$ellipsis, "width") + 1
  fits <- label_width + dots + cumsum(widths[ends]) <= width
  sort(ends[seq_len(max(1, sum(fits)))])
}

join_slices <- function(matrices, shown) {
  count <- shown$shape[-(1:2)]
  linear <- vapply(shown$slices, function(at) {
    1 + sum((at - 1) * cumprod(c(1, count[-length(count)])))
  }, numeric(1))
  lines <- character()
  for (k in seq_along(matrices)) {
    if (k > 1 && linear[k] - linear[k - 1] > 1) {
      lines <- c(lines, cli::col_grey(cli::symbol$ellipsis), "")
    }
    lines <- c(lines, slice_label(shown$slices[[k]], shown$dimnames), "", matrices[[k]], "")
  }
  lines[-length(lines)]
}

slice_label <- function(at, dimnames) {
  names <- vapply(seq_along(at), function(axis) {
    labels <- if (length(dimnames) >= axis + 2) dimnames[[axis + 2]]
    if (is.null(labels)) as.character(at[axis]) else labels[at[axis]]
  }, character(1))
  cli::col_grey(paste0(", , ", paste(names, collapse = ", ")))
}

# ---- cells -------------------------------------------------------------------

# Text of one width. Narrow floats get no more digits than they can tell apart.
format_cells <- function(values, dtype) {
  if (dtype == "string") {
    return(encodeString(values, quote = "\"", width = NA))
  }
  if (is.character(values)) {
    # Integers, which came as text so that none was rounded.
    return(pad(values, max(nchar(values))))
  }
  digits <- min(getOption("digits"), significant_digits[dtype], na.rm = TRUE)
  format(values, digits = digits)
}

significant_digits <- c(
  float16 = 3,
  bfloat16 = 3,
  float8_e4m3fn = 3,
  float8_e5m2 = 3
)

colour_cells <- function(cells, values) {
  special <- if (is.character(values)) FALSE else !is.finite(values)
  if (any(special)) {
    cells[special] <- cli::col_red(cells[special])
  }
  cells
}

pad <- function(text, width, left = FALSE) {
  blanks <- strrep(" ", pmax(0, width - nchar(text, "width")))
  if (left) paste0(text, blanks) else paste0(blanks, text)
}

# A line of dots where rows were left out.
with_gap <- function(lines, gap, label_width) {
  if (is.null(gap)) {
    return(lines)
  }
  append(lines, cli::col_grey(pad(cli::symbol$ellipsis, label_width)), after = gap)
}
