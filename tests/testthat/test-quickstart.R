# Runs the script as `Rscript quickstart.R backend` would, and gives back what it
# left: its variables are looked at below.
run_quickstart <- function(backend) {
  script <- system.file("examples", "quickstart.R", package = "kerasvar", mustWork = TRUE)
  scope <- new.env(parent = globalenv())
  scope$commandArgs <- function(...) backend
  scope$output <- capture.output(sys.source(script, scope))
  scope
}

# The same training in base R and in double precision.
train_in_base_r <- function(x, y, steps, rate) {
  W <- matrix(0, ncol(x), ncol(y))
  b <- numeric(ncol(y))
  for (step in seq_len(steps)) {
    scores <- exp(sweep(x %*% W, 2, b, `+`))
    error <- (scores / rowSums(scores) - y) / nrow(x)
    W <- W - rate * t(x) %*% error
    b <- b - rate * colSums(error)
  }
  list(W = W, b = b)
}

for_each_backend("the quickstart reaches the weights and the accuracy it promises", function(backend) {
  run <- run_quickstart(backend)
  reference <- train_in_base_r(run$x, run$y, steps = run$step, rate = run$rate)
  # 200 steps in float32 (24 bits) from the same start.
  expect_equal(as.array(run$W), reference$W, tolerance = 1e-5)
  expect_equal(as.numeric(run$b), reference$b, tolerance = 1e-5)
  expect_identical(run$W$backend, backend)
  expect_gte(run$accuracy(), 0.93)
  expect_match(tail(run$output, 1), "Test accuracy: 0.9[3-9]")
})

test_that("the quickstart shows a variable as R shows a matrix, and a row set to zero", {
  skip_without_core()
  local_backend("numpy")
  output <- run_quickstart("numpy")$output
  expect_true("<keras_variable \"W\"> float32 [4 x 3] numpy" %in% output)
  expect_length(grep("^\\[2,\\]( +0\\.0+){3}$", output), 1)
})
