random_initializers <- list(
  initializer_random_normal,
  initializer_truncated_normal,
  initializer_random_uniform,
  initializer_orthogonal,
  initializer_variance_scaling,
  initializer_glorot_uniform,
  initializer_glorot_normal,
  initializer_he_uniform,
  initializer_he_normal,
  initializer_lecun_uniform,
  initializer_lecun_normal
)

for_each_backend("one seed gives the numbers that Python's initializers give", function(backend) {
  python <- list(
    "RandomNormal", "TruncatedNormal", "RandomUniform", "Orthogonal", "VarianceScaling",
    "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal"
  )
  for (i in seq_along(python)) {
    object <- call_py(py_fn(paste0("initializers.", python[[i]])), seed = 7L)
    expected <- reticulate::py_to_r(call_py(object, reticulate::tuple(4L, 3L)))
    v <- keras_variable(random_initializers[[i]](seed = 7), shape = c(4, 3))
    expect_identical(v$dtype, "float32")
    expect_identical(as.array(v), expected)
    expect_identical(as.array(random_initializers[[i]](seed = 7)(c(4, 3))), expected)
  }
})

for_each_backend("arguments reach the distribution", function(backend) {
  shape <- c(200, 100)
  within <- function(init, mean, sd) {
    x <- as.array(init(shape))
    expect_equal(mean(x), mean, tolerance = 0.01)
    expect_equal(stats::sd(x), sd, tolerance = 0.02)
  }
  within(initializer_random_normal(mean = 5, stddev = 2, seed = 1), 5, 2)
  within(initializer_random_uniform(minval = 1, maxval = 4, seed = 1), 2.5, 3 / sqrt(12))
  within(initializer_truncated_normal(mean = -5, stddev = 2, seed = 1), -5, 2 * 0.8796)
  # The variance of a weight that keeps that of 200 inputs, 100 outputs, or their mean.
  sd_of <- function(mode) {
    stats::sd(as.array(
      initializer_variance_scaling(3, mode, "untruncated_normal", seed = 1)(shape)
    ))
  }
  expect_equal(sd_of("fan_in"), sqrt(3 / 200), tolerance = 0.02)
  expect_equal(sd_of("fan_out"), sqrt(3 / 100), tolerance = 0.02)
  expect_equal(sd_of("fan_avg"), sqrt(3 / 150), tolerance = 0.02)
  q <- as.array(initializer_orthogonal(gain = 2, seed = 1)(c(5, 3)))
  expect_equal(crossprod(q), diag(4, 3), tolerance = 1e-6)
})

for_each_backend("constants", function(backend) {
  expect_identical(as.array(initializer_zeros()(c(2, 2), "int32")), array(0L, c(2, 2)))
  expect_identical(as.array(initializer_ones()(3, "bool")), array(TRUE, 3))
  expect_identical(as.array(initializer_identity(gain = 3)(c(2, 3))), diag(3, 2, 3))
  expect_identical(as.array(initializer_constant(7)(c(1, 2))), array(7, c(1, 2)))
  values <- array(c(1, 2, 3), c(1, 3))
  init <- initializer_constant(values)
  values[1] <- 100
  expect_identical(as.array(init(c(2, 3))), rbind(c(1, 2, 3), c(1, 2, 3)))
})

test_that("set.seed() makes initializers repeatable", {
  skip_without_core()
  draw <- function() as.array(initializer_glorot_uniform()(c(3, 3)))
  withr::with_seed(1, first <- draw())
  withr::with_seed(1, second <- draw())
  withr::with_seed(2, third <- draw())
  expect_identical(first, second)
  expect_false(identical(first, third))
})

test_that("initializers print, and say what is wrong", {
  skip_without_core()
  expect_snapshot({
    initializer_glorot_uniform(seed = 1)
    initializer_constant(2)
  })
  expect_snapshot_errors(initializer_random_normal(seed = "one"))
  expect_snapshot_errors(initializer_variance_scaling(mode = "fan", seed = 1))
  expect_snapshot_errors(initializer_identity()(c(2, 2, 2)))
})

for_each_backend("an initializer named to keras_variable() follows R's seed", function(backend) {
  for (name in c("random_normal", "GlorotUniform", "orthogonal", "uniform")) {
    draw <- function(seed) {
      set.seed(seed)
      list(as.array(keras_variable(name, shape = c(3, 3))), as.array(keras_variable(name, shape = c(3, 3))))
    }
    first <- draw(1)
    expect_identical(draw(1), first)
    expect_false(identical(first[[1]], first[[2]]))
    expect_false(identical(draw(2)[[1]], first[[1]]))
  }
  set.seed(1)
  expected <- as.array(keras_variable(initializer_random_normal(), shape = 4))
  set.seed(1)
  expect_identical(as.array(keras_variable("random_normal", shape = 4)), expected)
  # What draws nothing leaves R's random numbers alone.
  set.seed(1)
  keras_variable("zeros", shape = 2)
  after <- stats::runif(1)
  set.seed(1)
  expect_identical(stats::runif(1), after)
})
