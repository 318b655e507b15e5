for_each_backend("assign_at() writes in place and returns its argument", function(backend) {
  v <- keras_variable(array(0, c(2, 3)))
  expect_invisible(assign_at(v, 1, value = 5))
  expect_identical(reticulate::py_id(assign_at(v, 2, , value = c(1, 2, 3))), reticulate::py_id(v))
  expect_identical(as.array(v), array(c(5, 1, 0, 2, 0, 3), c(2, 3)))
  v |> assign_at(1, 1, value = 1) |> assign_at(, 3, value = 7)
  expect_identical(as.array(v), array(c(1, 1, 0, 2, 7, 7), c(2, 3)))
})

for_each_backend("repeated positions are combined one after the other", function(backend) {
  written <- function(op, value) {
    v <- keras_variable(array(c(10, 20, 30), 3), dtype = "float32")
    assign_at(v, c(1, 3, 1), value = value, op = op)
    as.vector(v)
  }
  expect_identical(written("add", c(1, 2, 3)), c(14, 20, 32))
  expect_identical(written("add", 1), c(12, 20, 31))
  expect_identical(written("sub", c(1, 2, 3)), c(6, 20, 28))
  expect_identical(written("max", c(15, 2, 12)), c(15, 20, 30))
  expect_identical(written("min", c(15, 2, 5)), c(5, 20, 2))
  expect_identical(written("set", c(1, 2, 3)), c(3, 20, 2))
})

for_each_backend("a tensor gives way to a new one", function(backend) {
  v <- keras_variable(array(0, c(2, 3)))
  value <- v$value
  new <- assign_at(value, 1, , value = 1, op = "add")
  expect_s3_class(new, "kerasvar_tensor")
  expect_identical(as.array(new), array(c(1, 0), c(2, 3)))
  expect_identical(as.array(value), array(0, c(2, 3)))
})

for_each_backend("NA becomes NaN if that is asked for", function(backend) {
  v <- keras_variable(array(c(1, 2), 2))
  expect_error(assign_at(v, 1, value = NA), class = "kerasvar_ValueError")
  assign_at(v, 1, value = NA, na = "nan")
  expect_identical(as.vector(v), c(NaN, 2))
})

test_that("its errors", {
  skip_without_core()
  v <- keras_variable(array(0, c(2, 3)), backend = "numpy")
  expect_snapshot_errors({
    assign_at(1:3, 1, value = 1)
    assign_at(v, 3, 1, value = 1)
    assign_at(v, 1, value = 1, op = "mul")
  })
})
