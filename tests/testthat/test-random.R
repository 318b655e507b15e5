for_each_backend("numbers are those of jax.random, on every backend", function(backend) {
  skip_without_backend("jax")
  jax <- reticulate::import("jax", convert = FALSE)
  key <- jax$random$PRNGKey(42L)
  shape <- reticulate::tuple(3L, 2L)
  expected <- function(x) {
    numpy <- reticulate::import("numpy", convert = FALSE)
    reticulate::py_to_r(numpy$asarray(x))
  }
  ours <- random_key(42)
  expect_identical(as.array(random_uniform(ours, c(3, 2))), expected(jax$random$uniform(key, shape)))
  expect_identical(
    as.array(random_uniform(ours, c(3, 2), minval = -2, maxval = 5)),
    expected(jax$random$uniform(key, shape, minval = -2, maxval = 5))
  )
  expect_equal(
    as.array(random_normal(ours, c(3, 2))),
    expected(jax$random$normal(key, shape)),
    tolerance = 1e-6
  )
  expect_identical(
    as.array(random_bernoulli(ours, c(3, 2), p = 0.3)),
    expected(jax$random$bernoulli(key, 0.3, shape))
  )
  split <- jax$random$split(key)
  expect_identical(
    as.array(random_uniform(random_split(ours)[[2]], 2)),
    expected(jax$random$uniform(reticulate::py_get_item(split, 1L), reticulate::tuple(2L)))
  )
  expect_identical(
    as.array(random_uniform(random_fold_in(ours, 7), 2)),
    expected(jax$random$uniform(jax$random$fold_in(key, 7L), reticulate::tuple(2L)))
  )
})

for_each_backend("mean, standard deviation, dtype and shape", function(backend) {
  x <- random_normal(random_key(1), c(100, 100), mean = 3, stddev = 0.5)
  expect_identical(dim(x), c(100L, 100L))
  expect_equal(mean(as.array(x)), 3, tolerance = 0.01)
  expect_equal(stats::sd(as.array(x)), 0.5, tolerance = 0.02)
  expect_match(format(random_normal(random_key(1), 2, dtype = "float16"))[1], "float16 [2]", fixed = TRUE)
  expect_match(format(random_uniform(random_key(1), integer()))[1], "float32 []", fixed = TRUE)
})

test_that("a key prints, and what is none is an error", {
  skip_without_core()
  expect_snapshot(random_key(42))
  expect_snapshot_errors(random_key("seed"))
  expect_snapshot_errors(random_normal("key", 2))
})
