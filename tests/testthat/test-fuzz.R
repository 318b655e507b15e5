# More cases, and more shapes on the backends other than numpy: `make fuzz`.

test_that("subscripts do what base R does [numpy]", {
  skip_without_backend("numpy")
  expect_null(run_fuzz(5000, "numpy"))
})

for (backend in c("tensorflow", "jax", "torch")) {
  local({
    name <- backend
    test_that(paste0("subscripts do what base R does [", name, "]"), {
      skip_without_backend(name)
      # jax says once that it holds no float64.
      suppressWarnings(keras_variable(array(1), backend = name))
      # Few shapes: jax compiles for each.
      expect_null(run_fuzz(500, name, few_shapes = TRUE))
    })
  })
}

test_that("a failing case is shrunk to a line that runs in R", {
  fails <- function(case, backend) {
    sub <- case$subs[[1]]
    case$kind == "write" && is.numeric(sub) && any(unclass(sub) < 0, na.rm = TRUE)
  }
  line <- run_fuzz(1000, "numpy", fails = fails)
  expect_length(line, 1)
  expect_match(line, "v[-1", fixed = TRUE)
  # One element is left of the subscript.
  expect_no_match(line, "[c(", fixed = TRUE)
  skip_without_backend("numpy")
  env <- new.env()
  eval(parse(text = line), env)
  expect_equal(as.array(env$v), env$x)
})

test_that("the comparison sees a wrong answer, a missing error and a write to the wrong place", {
  case <- list(
    dim = c(2L, 2L), dtype = "float64", target = "variable", kind = "read",
    subs = list(1L, quote(missing_one))
  )
  skip_without_backend("numpy")
  expected <- expected_of(case)
  expect_true(agrees(expected, actual_of(case, "numpy")))
  v <- keras_variable(fuzz_array(case))
  expect_false(agrees(expected, v[2, ]))
  expect_false(agrees(expected, v[1, , drop = FALSE]))
  expect_false(agrees(expected, failure))
  expect_false(agrees(failure, v[1, ]))
  expect_true(agrees(failure, failure))
})
