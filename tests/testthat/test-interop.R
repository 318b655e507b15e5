test_that("a torch parameter and a variable share one storage", {
  skip_without_backend("torch")
  torch <- reticulate::import("torch", convert = FALSE)
  layer <- torch$nn$Linear(3L, 2L)
  weight <- as_keras_variable(layer$weight)
  expect_true(is_keras_variable(weight))
  expect_identical(weight$shape, c(2L, 3L))
  weight[1, ] <- 7
  there <- reticulate::py_to_r(layer$weight$detach()$numpy())
  expect_identical(there[1, ], c(7, 7, 7))
  expect_identical(as.array(weight), there)
})

test_that("a tf.Variable and a variable share one storage", {
  skip_without_backend("tensorflow")
  tf <- reticulate::import("tensorflow", convert = FALSE)
  theirs <- tf$Variable(reticulate::r_to_py(array(1, c(2, 2))))
  ours <- as_keras_variable(theirs, name = "mine")
  expect_identical(ours$name, "mine")
  ours[2, ] <- 5
  expect_identical(reticulate::py_to_r(theirs$numpy()), rbind(c(1, 1), 5))
  theirs$assign(reticulate::r_to_py(array(3, c(2, 2))))
  expect_identical(as.array(ours), array(3, c(2, 2)))
})

test_that("a variable of ours is returned as it is", {
  skip_without_core()
  v <- keras_variable(c(1, 2), backend = "numpy")
  w <- as_keras_variable(v)
  w[1] <- 9
  expect_identical(as.numeric(v), c(9, 2))
})

test_that("what has no storage to share is refused", {
  skip_without_core()
  v <- keras_variable(c(1, 2), backend = "numpy")
  expect_error(as_keras_variable(v$value), class = "kerasvar_TypeError")
  expect_error(as_keras_variable(1:3), class = "kerasvar_TypeError")
})

test_that("a weight of a Keras model is edited where it is", {
  skip_on_cran()
  skip_without_core()
  skip_if_not(reticulate::py_module_available("keras"), "Keras is installed")
  keras <- reticulate::import("keras", convert = FALSE)
  running <- reticulate::py_to_r(keras$config$backend())
  skip_without_backend(running)
  layer <- keras$layers$Dense(2L)
  layer$build(reticulate::tuple(NULL, 3L))
  kernel <- as_keras_variable(layer$kernel)
  kernel[] <- 0
  kernel[2, ] <- c(1, 2)
  out <- layer(reticulate::r_to_py(matrix(c(0, 1, 0), 1)))
  expect_equal(
    as.numeric(reticulate::py_to_r(keras$ops$convert_to_numpy(out))),
    c(1, 2)
  )
  expect_identical(as.numeric(kernel$value), c(0, 1, 0, 0, 2, 0))
})
