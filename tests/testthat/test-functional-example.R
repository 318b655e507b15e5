# Runs the script as `Rscript functional.R backend` would; gives back what it prints
# and its variables.
run_functional_example <- function(backend) {
  script <- system.file("examples", "functional.R", package = "kerasvar", mustWork = TRUE)
  made <- new.env(parent = asNamespace("kerasvar"))
  made$library <- function(...) NULL
  made$commandArgs <- function(...) backend
  withr::local_preserve_seed()
  output <- utils::capture.output(sys.source(script, made))
  list(output = output, made = made)
}

runs <- list()

for_each_backend("the functional example explains what it promises, from the same weights", function(backend) {
  run <- run_functional_example(backend)
  expect_match(run$output, "R squared of a linear model: 0.06", all = FALSE)
  reached <- run$made$r_squared(run$made$variables)
  expect_gt(reached, 0.8)
  expect_named(run$made$variables, c("params", "batch_stats"), ignore.order = TRUE)
  drawn <- run$made$init(42, run$made$x_test)$variables$params
  run$weights <- lapply(drawn[c("hidden", "out")], function(x) as.array(x$kernel))
  runs[[backend]] <<- run
  expect_identical(run$weights, runs[[1]]$weights)
})

test_that("the functional example's gradients are those of central differences", {
  skip_if(is.null(runs$numpy), "The core is not available")
  local_backend("numpy")
  made <- runs$numpy$made
  x <- made$tensor(made$x[1:40, ])
  y <- made$y[1:40, , drop = FALSE]
  params <- made$variables$params
  pass <- function(params) {
    made$train(list(params = params, batch_stats = made$variables$batch_stats), x, training = TRUE)
  }
  loss <- function(params) mean((as.array(pass(params)$result$predicted) - y)^2)
  gradient <- made$gradients(params, x, made$tensor(y), pass(params)$result)
  for (layer in names(gradient)) {
    for (name in names(gradient[[layer]])) {
      at <- as.array(params[[layer]][[name]])
      moved <- function(by) {
        at[1] <- at[1] + by
        params[[layer]][[name]] <- made$tensor(at)
        loss(params)
      }
      expect_equal(
        as.array(gradient[[layer]][[name]])[1],
        (moved(0.02) - moved(-0.02)) / 0.04,
        tolerance = 1e-2,
        info = paste(layer, name)
      )
    }
  }
})
