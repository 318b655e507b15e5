# Draws how the cost of a write grows, from results/growth-*.csv:
#
#   Rscript benchmarks/plot.R
#
# A line that stays level is a write that costs what is written and no more.

here <- if (exists("here")) here else {
  dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
}

draw_growth <- function(name, title) {
  file <- file.path(here, "results", paste0("growth-", name, ".csv"))
  if (!file.exists(file)) {
    return(invisible())
  }
  all <- utils::read.csv(file)
  colours <- c(numpy = "#4C78A8", tensorflow = "#F58518", jax = "#54A24B", torch = "#B279A2")
  grDevices::png(sub("csv$", "png", file), width = 1200, height = 520, res = 120)
  on.exit(grDevices::dev.off())
  graphics::par(mfrow = c(1, 2), mar = c(4.2, 5.5, 2.5, 1), mgp = c(4.2, 0.8, 0), las = 1)
  labels <- c("rows and columns of the variable", "positions written, of 4000 x 4000")
  for (panel in seq_along(unique(all$what))) {
    part <- all[all$what == unique(all$what)[[panel]], ]
    plot(
      range(part$n), range(all$us), type = "n", log = "xy", bty = "n",
      xlab = "", ylab = if (panel == 1) "microseconds a write" else "",
      main = paste0(title, ": ", part$what[[1]])
    )
    graphics::mtext(labels[[panel]], side = 1, line = 2.6)
    for (backend in unique(part$backend)) {
      one <- part[part$backend == backend, ]
      graphics::lines(one$n, one$us, type = "b", pch = 16, col = colours[[backend]])
    }
    if (panel == 1) {
      graphics::legend("topleft", names(colours), col = colours, pch = 16, lty = 1, bty = "n")
    }
  }
}

draw_growth("python", "Python")
draw_growth("r", "R")
