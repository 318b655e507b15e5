# Keras runs on one backend a process: the one it was first imported with.
local_keras <- function() {
  skip_without_core()
  skip_if_not(reticulate::py_module_available("keras"), "Keras is installed")
  reticulate::import("keras", convert = FALSE)
}

test_that("a Keras variable and ours are one storage", {
  keras <- local_keras()
  running <- reticulate::py_to_r(keras$config$backend())
  v <- with_name_scope("block", {
    keras_variable(array(1:4 + 0, c(2, 2)), dtype = "float32", name = "w", backend = running)
  })
  theirs <- as_keras(v)
  expect_identical(reticulate::py_to_r(theirs$path), "block/w")
  theirs$assign(array(7, c(2, 2)))
  expect_identical(as.array(v), array(7, c(2, 2)))
  v[1, ] <- 0
  expect_identical(
    reticulate::py_to_r(keras$ops$convert_to_numpy(theirs)),
    array(c(0, 7, 0, 7), c(2, 2))
  )
  expect_identical(reticulate::py_id(as_keras(v)), reticulate::py_id(theirs))
})

test_that("a variable of another backend is an error that says what to do", {
  keras <- local_keras()
  running <- reticulate::py_to_r(keras$config$backend())
  other <- if (running == "numpy") "torch" else "numpy"
  skip_without_backend(other)
  error <- expect_error(as_keras(keras_variable(1, backend = other)), class = "kerasvar_ValueError")
  expect_match(conditionMessage(error), running, fixed = TRUE)
  expect_match(conditionMessage(error), other, fixed = TRUE)
})

test_that("only variables can be handed over", {
  skip_without_core()
  expect_snapshot_errors(as_keras(1))
})
