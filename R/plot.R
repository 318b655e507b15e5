# Pictures of a variable: a heat map with a scale for a matrix, a histogram for
# everything else. What is drawn is worked out on the device (statistics.py); base
# graphics are here, ggplots in autoplot.R.

#' Plot variables and tensors
#'
#' A matrix is drawn as a heat map, its first row on top as it is printed, with a
#' scale beside it; anything else as a histogram of its finite elements. Only what can
#' be seen leaves the device: of a large matrix the means of blocks of rows and
#' columns, of which the picture says how large they are; of a histogram the counts.
#' Elements that are not finite are left out of a block's mean.
#'
#' `ggplot2::autoplot()` gives the same as a ggplot, where ggplot2 is installed.
#'
#' @param x A variable or tensor of numbers or logicals; for `image()` a matrix.
#' @param ... Passed to [graphics::image()], or for a histogram to
#'   [graphics::plot.default()].
#' @param col Colours, from low to high; `NULL` for those of viridis. For a
#'   histogram the colour of its bars.
#' @param cells How many rows and columns of cells to draw at most. A larger matrix
#'   is drawn in cells that each stand for several rows or columns.
#' @param bins About how many bins a histogram has.
#' @return `x`, invisibly.
#' @name plot.kerasvar.Array
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(rnorm(200), c(10, 20)), name = "w")
#' plot(v)
#' plot(v$value[1, ])
NULL

#' @rdname plot.kerasvar.Array
#' @export
plot.kerasvar.Array <- function(x, ..., cells = 400, bins = 30) {
  if (length(py_shape(x)) == 2) {
    return(image.kerasvar.Array(x, ..., cells = cells))
  }
  draw_histogram(histogram_of(x, bins), picture_title(x), ...)
  invisible(x)
}

#' @rdname plot.kerasvar.Array
#' @importFrom graphics image
#' @export
image.kerasvar.Array <- function(x, ..., col = NULL, cells = 400) {
  col <- col %||% grDevices::hcl.colors(64, "viridis")
  draw_heat_map(heat_map_of(x, cells), picture_title(x), col, ...)
  invisible(x)
}

# ---- what to draw ------------------------------------------------------------

# The matrix to draw, and which rows and columns of the variable its cells begin with.
heat_map_of <- function(x, cells, call = caller_env()) {
  cells <- check_bound(cells, "cells", 400, call)
  blocks <- reticulate::py_to_r(
    call_py(py_fn("bridge.statistics.block_means"), x, as.integer(min(cells, 1e6)), .call = call)
  )
  values <- blocks$values
  list(
    values = values,
    rows = seq(1, by = blocks$rows, length.out = nrow(values)),
    columns = seq(1, by = blocks$columns, length.out = ncol(values)),
    range = finite_range(values),
    note = block_note(blocks$rows, blocks$columns)
  )
}

# What a cell of the picture stands for, where that is more than one element.
block_note <- function(rows, columns) {
  if (rows > 1 || columns > 1) {
    cli::pluralize("each cell: the mean of {rows} row{?s} x {columns} column{?s}")
  }
}

finite_range <- function(values) {
  values <- values[is.finite(values)]
  if (length(values) == 0) {
    return(c(0, 1))
  }
  if (min(values) == max(values)) values[1] + c(-0.5, 0.5) else range(values)
}

histogram_of <- function(x, bins, call = caller_env()) {
  bins <- check_bound(bins, "bins", 30, call)
  found <- summary.kerasvar.Array(x)
  limits <- finite_range(unname(found$statistics[c("Min.", "Max.")]))
  breaks <- pretty(limits, bins)
  counts <- reticulate::py_to_r(
    call_py(py_fn("bridge.statistics.counts"), x, as.list(breaks), .call = call)
  )
  list(breaks = breaks, counts = as.numeric(unlist(counts)), not_finite = found$not_finite)
}

picture_title <- function(x) {
  cli::ansi_strip(format_header(variable_facts(x), Inf))
}

# ---- base graphics -----------------------------------------------------------

draw_heat_map <- function(
  map,
  title,
  col,
  ...,
  main = title,
  sub = map$note,
  xlab = "column",
  ylab = "row"
) {
  # Before anything is drawn, since they may fail.
  force(map)
  force(title)
  old <- graphics::par(no.readonly = TRUE)
  on.exit(graphics::par(old))
  graphics::layout(matrix(1:2, 1), widths = c(6, 1))
  below <- if (is.null(sub)) 4 else 5
  graphics::par(mar = c(below, 4, 3, 1))
  count <- nrow(map$values)
  if (length(map$values) == 0) {
    graphics::plot.new()
    graphics::title(main = main)
    return(invisible())
  }
  # image() puts the first row of what it is given at the left and counts upwards.
  graphics::image(
    map$columns,
    seq_len(count),
    t(map$values[rev(seq_len(count)), , drop = FALSE]),
    zlim = map$range,
    col = col,
    axes = FALSE,
    main = main,
    sub = sub,
    xlab = xlab,
    ylab = ylab,
    ...
  )
  graphics::axis(1)
  at <- unique(round(pretty(seq_len(count))))
  at <- at[at >= 1 & at <= count]
  graphics::axis(2, at = count + 1 - at, labels = map$rows[at], las = 1)
  graphics::box()
  graphics::par(mar = c(below, 0.5, 3, 3))
  scale <- seq(map$range[1], map$range[2], length.out = length(col))
  graphics::image(1, scale, matrix(scale, 1), col = col, axes = FALSE, xlab = "", ylab = "")
  graphics::axis(4, las = 1)
  graphics::box()
}

draw_histogram <- function(
  histogram,
  title,
  ...,
  col = "grey70",
  main = title,
  xlab = "value",
  ylab = "count"
) {
  breaks <- histogram$breaks
  graphics::plot(
    range(breaks),
    c(0, max(histogram$counts, 1)),
    type = "n",
    main = main,
    xlab = xlab,
    ylab = ylab,
    ...
  )
  graphics::rect(breaks[-length(breaks)], 0, breaks[-1], histogram$counts, col = col)
  if (histogram$not_finite > 0) {
    graphics::mtext(not_finite_note(histogram), side = 3, line = 0.2, cex = 0.8)
  }
}

not_finite_note <- function(histogram) {
  paste0(format(100 * histogram$not_finite, digits = 3), "% not finite")
}
