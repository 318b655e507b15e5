for_each_backend("a tensor is the framework's own object, dressed", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  x <- v$value
  expect_s3_class(x, c("kerasvar_tensor", "python.builtin.object"))
  expect_false(inherits(x, "kerasvar_vector"))
  expect_identical(dim(x), c(2L, 3L))
  expect_identical(length(x), 6L)
  expect_null(names(x))
  expect_null(dimnames(x))
})

for_each_backend("what base R makes a vector has no dim", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  for (x in list(v[1, ], v[v > 2], rowSums(v), cumsum(v), v[1, ] + 1L, -v[1, ], sqrt(v[1, ]))) {
    expect_null(dim(x))
    expect_s3_class(x, "kerasvar_vector")
  }
  expect_identical(dim(keras_variable(1:3) + 1L), 3L)
  expect_identical(dim(v[1, ] + array(1L, 3)), 3L)
  expect_null(dim(sum(v)))
  expect_identical(length(sum(v)), 1L)
})

for_each_backend("dressing one does not dress another", function(backend) {
  v <- keras_variable(c(1, 2))
  bare <- reticulate::py_get_attr(v, "value")
  dressed <- v$value
  expect_false(inherits(bare, "kerasvar_tensor"))
  expect_identical(class(v)[1], "kerasvar.Variable")
})

for_each_backend("a tensor is a snapshot", function(backend) {
  v <- keras_variable(array(1, c(2, 2)))
  x <- v$value
  v$assign(array(2, c(2, 2)))
  v[1, 1] <- 3
  v$assign_add(array(1, c(2, 2)))
  expect_identical(as.numeric(x), rep(1, 4))
})
