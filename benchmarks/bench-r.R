# kerasvar from R against the floors: the framework's own operation, and one
# crossing of the bridge.
#
#   Rscript benchmarks/bench-r.R                 all backends, all rows
#   Rscript benchmarks/bench-r.R jax             one backend
#   Rscript benchmarks/bench-r.R jax "v + 1"     one row of it
#
# Floors: "raw" is the framework's own operation on its own tensor, timed inside
# Python; "crossing" is one py_call() of a Python function, fetched before, that
# does nothing. Writes results/r.csv, results/growth-r.csv, prints the table.

suppressPackageStartupMessages({
  library(reticulate)
  library(kerasvar)
})

here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))))
args <- commandArgs(trailingOnly = TRUE)
backends <- if (length(args) >= 1) args[[1]] else c("numpy", "tensorflow", "jax", "torch")
only <- if (length(args) >= 2) args[[2]]

# ---- measuring ---------------------------------------------------------------

batch_size <- function(f, seconds = 0.01) {
  f()
  count <- 1
  repeat {
    taken <- system.time(for (i in seq_len(count)) f(), gcFirst = FALSE)[["elapsed"]]
    if (taken >= seconds / 2 || count >= 1e5) {
      return(max(1, floor(count * seconds / max(taken, 1e-3))))
    }
    count <- count * 4
  }
}

# Medians in microseconds a call; a round times one batch of each in turn.
side_by_side <- function(contestants, rounds = 15) {
  counts <- lapply(contestants, batch_size)
  times <- lapply(contestants, function(f) numeric(rounds))
  gc()
  for (round in seq_len(rounds)) {
    for (name in names(contestants)) {
      f <- contestants[[name]]
      count <- counts[[name]]
      start <- Sys.time()
      for (i in seq_len(count)) f()
      taken <- as.numeric(Sys.time() - start, units = "secs")
      times[[name]][[round]] <- taken / count * 1e6
    }
  }
  vapply(times, stats::median, 0)
}

py_run_string("
import sys
def nothing(): pass
def timed(function, *arguments):
    from measure import side_by_side
    return side_by_side({'it': lambda: function(*arguments)}, 15)['it']
")
main <- import_main(convert = FALSE)
sys <- import("sys", convert = FALSE)
sys$path$insert(0L, here)
floors <- import("frameworks", convert = FALSE)
numpy <- import("numpy", convert = FALSE)
nothing <- main$nothing
timed <- function(f, ...) py_to_r(main$timed(f, ...))

rows <- list()
report <- function(backend, what, times, limit, target) {
  row <- data.frame(
    backend = backend, what = what,
    raw = unname(times["raw"]), crossing = unname(times["crossing"]),
    small = unname(times["small"]), ours = times[["ours"]],
    limit = limit, target = target,
    met = if (times[["ours"]] <= limit) "yes" else "NO"
  )
  rows[[length(rows) + 1]] <<- row
}
wanted <- function(what) is.null(only) || identical(only, what)

# ---- one backend -------------------------------------------------------------

bench_positions <- function(backend) {
  ones <- list(
    small = array(1, c(10, 10)),
    large = array(1, c(4000, 4000))
  )
  v <- lapply(ones, keras_variable, dtype = "float32", backend = backend)
  raw <- floors$FRAMEWORKS[[backend]](numpy$ones(tuple(4000L, 4000L), dtype = "float32"))
  i <- c(3L, 55L, 21L, 90L)
  rows0 <- numpy$array(array(as.integer((i - 1) %% 10), 4))
  cols0 <- numpy$array(array(as.integer((i - 1) %/% 10), 4))
  values <- numpy$ones(4L, dtype = "float32")

  small <- v$small
  large <- v$large
  kinds <- list(
    "v[1, ] <- 99" = list(
      function() small[1, ] <<- 99, function() large[1, ] <<- 99,
      timed(raw$write_row, 3L, 9)
    ),
    "v[1, 1] <- 99" = list(
      function() small[1, 1] <<- 99, function() large[1, 1] <<- 99,
      timed(raw$write_one, 3L, 4L, 9)
    ),
    "v[i] <- x" = list(
      function() small[i] <<- 99, function() large[i] <<- 99,
      timed(raw$write_scattered, rows0, cols0, values)
    ),
    "v@r[1, ] <- 99" = list(
      function() small@r[1, ] <<- 99, function() large@r[1, ] <<- 99,
      timed(raw$write_row, 3L, 9)
    ),
    "v[1, ]" = list(
      function() small[1, ], function() large[1, ],
      timed(raw$read_row, 3L)
    ),
    "v[1, 1]" = list(
      function() small[1, 1], function() large[1, 1],
      timed(raw$read_one, 3L, 4L)
    )
  )
  for (what in Filter(wanted, names(kinds))) {
    kind <- kinds[[what]]
    times <- side_by_side(list(
      crossing = function() py_call(nothing), small = kind[[1]], ours = kind[[2]]
    ))
    times[["raw"]] <- kind[[3]]
    limit <- min(1.3 * times[["small"]], 2 * (times[["crossing"]] + times[["raw"]]) + 25)
    report(backend, what, times, limit, "<= 1.3 x 10x10, <= 2 (crossing + raw) + 25")
  }
}

bench_small <- function(backend) {
  v <- keras_variable(array(1:9 / 1, c(3, 3)), dtype = "float32", backend = backend)
  own <- floors$FRAMEWORKS[[backend]](numpy$ones(tuple(3L, 3L), dtype = "float32"))
  raw <- timed(own$value$`__add__`, 1)
  crossing <- function() py_call(nothing)
  if (wanted("v + 1")) {
    times <- side_by_side(list(crossing = crossing, ours = function() v + 1))
    times[["raw"]] <- raw
    report(
      backend, "v + 1", times, 1.5 * (times[["crossing"]] + raw) + 15,
      "<= 1.5 (crossing + raw) + 15"
    )
  }
  reads <- list(
    "v$value" = function() v$value, "v$shape" = function() v$shape, "v$dtype" = function() v$dtype
  )
  for (what in Filter(wanted, names(reads))) {
    times <- side_by_side(list(crossing = crossing, ours = reads[[what]]))
    report(backend, what, times, times[["crossing"]] + 10, "<= crossing + 10")
  }
}

bench_whole <- function(backend) {
  n <- 4000L
  m <- matrix(stats::runif(n * n), n)
  v <- keras_variable(m, dtype = "float32", backend = backend)
  target <- numpy$empty(tuple(n, n), dtype = "float32")
  contiguous <- numpy$ones(tuple(n, n), dtype = "float32")
  if (wanted("v$assign(m) 4000x4000")) {
    times <- side_by_side(list(
      raw = function() py_call(numpy$copyto, target, m),
      copy = function() py_call(numpy$copyto, target, contiguous),
      ours = function() v$assign(m)
    ), 7)
    report(
      backend, "v$assign(m) 4000x4000", times, 0.6 * times[["raw"]] + times[["copy"]],
      "<= 0.6 copyto (raw) + 1 copy"
    )
  }
  if (wanted("as.array(v) 4000x4000")) {
    times <- side_by_side(list(
      raw = function() py_to_r(contiguous), ours = function() as.array(v)
    ), 7)
    report(backend, "as.array(v) 4000x4000", times, 0.85 * times[["raw"]], "<= 0.85 py_to_r (raw)")
  }
  if (wanted("print(v) 4000x4000")) {
    small <- v[1:30, 1:30]
    small <- keras_variable(as.array(small), dtype = "float32", backend = backend)
    printed <- function(x) function() utils::capture.output(print(x))
    times <- side_by_side(list(small = printed(small), ours = printed(v)), 7)
    report(backend, "print(v) 4000x4000", times, 1.5 * times[["small"]], "<= 1.5 x 30x30 (small)")
  }
}

# Sessions of their own: from library() to the first printed variable.
bench_start_up <- function(backend) {
  module <- c(numpy = "numpy", tensorflow = "tensorflow", jax = "jax", torch = "torch")[[backend]]
  run <- function(code) {
    function() system2(file.path(R.home("bin"), "Rscript"), c("-e", shQuote(code)),
                       stdout = FALSE, stderr = FALSE)
  }
  # The floor imports what the first variable needs, and makes one call.
  modules <- unique(c("numpy", module))
  imports <- paste0("m <- reticulate::import('", modules, "', convert = FALSE)", collapse = "; ")
  raw <- run(sprintf("library(reticulate); %s; py_call(m$ones, 3L)", sub(
    "py_call", "py_call", imports
  )))
  if (backend %in% c("torch", "tensorflow")) {
    raw <- run(sprintf("library(reticulate); %s; py_call(m$ones, list(3L))", imports))
  }
  if (backend == "jax") {
    raw <- run(paste0(
      "library(reticulate); import('numpy', convert = FALSE); ",
      "m <- import('jax.numpy', convert = FALSE); py_call(m$ones, 3L)"
    ))
  }
  ours <- run(sprintf("library(kerasvar); keras_variable(1:3, backend = '%s')", backend))
  seconds <- function(f) system.time(f(), gcFirst = FALSE)[["elapsed"]] * 1e6
  times <- replicate(7, c(raw = seconds(raw), ours = seconds(ours)))
  times <- apply(times, 1, stats::median)
  share <- if (backend == "numpy") 1.15 else 1.1
  report(
    backend, "library() to the first print", times, share * times[["raw"]],
    sprintf("<= %.2f x reticulate + import + 1 call (raw)", share)
  )
}

growth <- function(backend) {
  found <- list()
  note <- function(what, n, f) {
    us <- side_by_side(list(it = f), 5)[["it"]]
    found[[length(found) + 1]] <<- data.frame(backend = backend, what = what, n = n, us = us)
  }
  for (n in c(10, 30, 100, 300, 1000, 3000, 8000)) {
    v <- keras_variable(initializer_ones(), shape = c(n, n), dtype = "float32", backend = backend)
    note("v[i, j] <- x", n, function() v[3, 4] <<- 9)
  }
  v <- keras_variable(initializer_ones(), shape = c(4000, 4000), dtype = "float32", backend = backend)
  for (count in 10^(0:6)) {
    at <- sample.int(4000 * 4000, count)
    x <- stats::runif(count)
    note("positions", count, function() v[at] <<- x)
  }
  do.call(rbind, found)
}

# ---- all of it ---------------------------------------------------------------

machine <- import("measure", convert = FALSE)$machine
cat(py_to_r(machine()), ";", R.version.string, ", reticulate",
    as.character(packageVersion("reticulate")), "\n")
for (backend in backends) {
  message("measuring ", backend, " ...")
  bench_small(backend)
  bench_positions(backend)
  bench_whole(backend)
  if (wanted("library() to the first print")) bench_start_up(backend)
}
table <- do.call(rbind, rows)
shown <- table
shown[] <- lapply(shown, function(x) if (is.numeric(x)) format(signif(x, 3)) else x)
options(width = 200)
print(shown, row.names = FALSE, right = FALSE)

if (!length(args)) {
  results <- file.path(here, "results")
  dir.create(results, showWarnings = FALSE)
  utils::write.csv(table, file.path(results, "r.csv"), row.names = FALSE)
  grown <- do.call(rbind, lapply(backends, growth))
  utils::write.csv(grown, file.path(results, "growth-r.csv"), row.names = FALSE)
  source(file.path(here, "plot.R"), local = TRUE)
}
