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
  names <- unlist(shown$labels$rows)
  if (is.null(names)) {
    return(body_numbered_vector(shown, n, width))
  }
  body_named_vector(shown, names, n, width)
}

body_numbered_vector <- function(shown, n, width) {
  values <- shown$values
  size <- if (length(shown$shape)) shown$shape else 1L
  label_width <- nchar(size) + 2
  cells <- format_cells(values, shown$dtype)
  per_line <- elements_per_line(cells[1], width - label_width)
  lines <- vector_lines(size, per_line, n)
  at <- match(unlist(lines$positions), shown$rows)
  # Once more: what is not shown has no say in digits and widths.
  cells <- colour_cells(format_cells(values[at], shown$dtype), values[at])
  labels <- formatC(paste0("[", lines$starts, "]"), width = label_width)
  text <- paste0(cli::col_grey(labels), " ", join_cells(cells, lines$positions))
  list(
    lines = with_gap(text, lines$gap, label_width),
    hidden = list(element = size - length(at))
  )
}

# Names above their elements, each line of names followed by one of elements.
body_named_vector <- function(shown, names, n, width) {
  size <- shown$shape
  cells <- format_cells(shown$values, shown$dtype)
  cell_width <- max(nchar(c(cells, names), "width"))
  per_line <- elements_per_line(strrep(" ", cell_width), width)
  lines <- vector_lines(size, per_line, max(1, n %/% 2))
  at <- match(unlist(lines$positions), shown$rows)
  values <- shown$values[at]
  cells <- pad(format_cells(values, shown$dtype), cell_width)
  upper <- join_cells(cli::col_grey(pad(names[at], cell_width)), lines$positions)
  lower <- join_cells(colour_cells(cells, values), lines$positions)
  # R ends these lines with a blank.
  text <- paste0(as.vector(rbind(upper, lower)), " ")
  list(
    lines = with_gap(text, if (!is.null(lines$gap)) 2 * lines$gap, 1),
    hidden = list(element = size - length(at))
  )
}

# Which elements stand on which line where `n` lines are shown at most: `starts`,
# `positions`, and after which line others are left out (`gap`).
vector_lines <- function(size, per_line, n) {
  starts <- seq(1, size, by = per_line)
  gap <- NULL
  if (length(starts) > n) {
    gap <- ceiling(n / 2)
    starts <- c(utils::head(starts, gap), utils::tail(starts, n - gap))
  }
  positions <- lapply(starts, function(start) seq(start, min(start + per_line - 1, size)))
  list(starts = starts, positions = positions, gap = gap)
}

join_cells <- function(cells, positions) {
  lines <- split(cells, rep(seq_along(positions), lengths(positions)))
  vapply(lines, paste, "", collapse = " ", USE.NAMES = FALSE)
}

elements_per_line <- function(cell, room) {
  room <- room %/% (nchar(cell, "width") + 1)
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
  names <- unlist(shown$labels$rows)
  if (is.null(names)) {
    labels <- paste0("[", shown$rows, ",]")
    return(formatC(labels, width = max(nchar(labels))))
  }
  pad(names, max(nchar(names, "width")), left = TRUE)
}

column_labels <- function(shown) {
  unlist(shown$labels$columns) %||% paste0("[,", shown$columns, "]")
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
    label <- shown$labels$slices[[k]] %||% shown$slices[[k]]
    label <- cli::col_grey(paste0(", , ", paste(label, collapse = ", ")))
    lines <- c(lines, label, "", matrices[[k]], "")
  }
  lines[-length(lines)]
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
