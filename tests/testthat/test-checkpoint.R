for_each_backend("values come back bit for bit, in variables of any backend", function(backend) {
  file <- withr::local_tempfile(fileext = ".safetensors")
  v <- list(
    keras_variable(array(c(0.1, NaN, -Inf, 7, 8, 9), c(2, 3)), dtype = "float32", name = "w"),
    keras_variable(array(c(TRUE, FALSE), 2), name = "mask", trainable = FALSE),
    keras_variable(array(complex(real = 1:2, imaginary = 3:4), 2), dtype = "complex64", name = "z"),
    keras_variable(3L, name = "n")
  )
  before <- lapply(v, as.array)
  expect_identical(withVisible(save_variables(v, file)), list(value = file, visible = FALSE))
  for (x in v) x[] <- 0
  load_variables(file, v)
  expect_identical(lapply(v, as.array), before)

  # R writes by columns, the file's readers think in rows.
  numpy <- reticulate::import("safetensors.numpy", convert = FALSE)
  theirs <- reticulate::py_to_r(numpy$load_file(file)$w)
  expect_identical(theirs, before[[1]])

  elsewhere <- keras_variable(array(0, c(2, 3)), dtype = "float32", name = "w", backend = "numpy")
  save_variables(v[[1]], file)
  load_variables(file, elsewhere)
  expect_identical(as.array(elsewhere), before[[1]])
})

test_that("a file can be read and described without variables", {
  skip_without_core()
  file <- withr::local_tempfile(fileext = ".safetensors")
  with_name_scope("block", {
    w <- keras_variable(array(1:6, c(2, 3)), name = "w", backend = "numpy", trainable = FALSE)
  })
  n <- keras_variable(0.5, dtype = "bfloat16", name = "n", backend = "numpy")
  save_variables(list(w, n), file)
  expect_snapshot({
    describe_checkpoint(file)
    load_variables(file)
  })
  values <- load_variables(file)
  expect_identical(as.array(values[["block/w"]]), array(1:6, c(2, 3)))
})

test_that("a file that does not agree changes nothing and says all that is wrong", {
  skip_without_core()
  file <- withr::local_tempfile(fileext = ".safetensors")
  w <- keras_variable(array(1, c(2, 2)), dtype = "float32", name = "w", backend = "numpy")
  b <- keras_variable(array(1, 2), dtype = "float32", name = "b", backend = "numpy")
  save_variables(list(w, b), file)
  other <- keras_variable(array(0, c(2, 3)), dtype = "float32", name = "w", backend = "numpy")
  b[] <- 5
  error <- expect_error(load_variables(file, list(other, b)), class = "kerasvar_ValueError")
  expect_match(conditionMessage(error), "[2 x 2]", fixed = TRUE)
  expect_error(load_variables(file, w), "'b' has no variable", fixed = TRUE)
  expect_identical(as.vector(as.array(b)), c(5, 5))
  twin <- keras_variable(1, name = "w")
  expect_snapshot_errors(save_variables(list(w, twin), file))
  expect_snapshot_errors(save_variables(list(w, "b"), file))
  expect_snapshot_errors(load_variables(1))
  expect_error(load_variables(tempfile(), w), class = "kerasvar_error")
})
