# The pictures of plot.R as ggplots. Registered when ggplot2 is loaded (s3-registration.R).

autoplot.kerasvar.Array <- function(object, ..., cells = 400, bins = 30) {
  if (length(py_shape(object)) == 2) {
    ggplot_heat_map(heat_map_of(object, cells), picture_title(object))
  } else {
    ggplot_histogram(histogram_of(object, bins), picture_title(object))
  }
}

ggplot_heat_map <- function(map, title) {
  cells <- data.frame(
    row = rep(map$rows, times = length(map$columns)),
    column = rep(map$columns, each = length(map$rows)),
    value = as.vector(map$values)
  )
  cells$value[!is.finite(cells$value)] <- NA
  # Names that ggplot2 looks up in `cells`.
  column <- row <- value <- NULL
  ggplot2::ggplot(cells, ggplot2::aes(column, row, fill = value)) +
    ggplot2::geom_raster() +
    ggplot2::scale_y_reverse() +
    ggplot2::scale_fill_viridis_c(limits = map$range) +
    ggplot2::labs(title = title, subtitle = map$note)
}

ggplot_histogram <- function(histogram, title) {
  breaks <- histogram$breaks
  bars <- data.frame(
    left = breaks[-length(breaks)],
    right = breaks[-1],
    count = histogram$counts
  )
  left <- right <- count <- NULL
  ggplot2::ggplot(bars, ggplot2::aes(xmin = left, xmax = right, ymin = 0, ymax = count)) +
    ggplot2::geom_rect(fill = "grey70", colour = "grey30") +
    ggplot2::labs(
      title = title,
      subtitle = if (histogram$not_finite > 0) not_finite_note(histogram),
      x = "value",
      y = "count"
    )
}
