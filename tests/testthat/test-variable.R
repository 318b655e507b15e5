for_each_backend("a variable has what it was made with", function(backend) {
  v <- keras_variable(array(1, c(2, 3)), dtype = "float32", name = "w", trainable = FALSE)
  expect_s3_class(v, "kerasvar.Variable")
  expect_true(is_keras_variable(v))
  expect_identical(v$name, "w")
  expect_identical(v$path, "w")
  expect_identical(v$shape, c(2L, 3L))
  expect_identical(dim(v), c(2L, 3L))
  expect_identical(length(v), 6L)
  expect_identical(v$ndim, 2L)
  expect_identical(v$size, 6L)
  expect_identical(v$dtype, "float32")
  expect_identical(v$backend, backend)
  expect_identical(v$aggregation, "none")
  expect_identical(v$synchronization, "auto")
  expect_false(v$trainable)
  expect_true(v$autocast)
  expect_false(v$overwrite_with_gradient)
  expect_null(v$regularizer)
  expect_null(v$constraint)
  expect_null(v$layout)
})

for_each_backend("the three of the README run as they stand", function(backend) {
  v <- keras_variable(initializer = array(1, c(3, 3)))
  v$assign(array(0, c(3, 3)))
  value <- v$value
  value@r[1, ] <- 99
  expect_identical(as.numeric(v), rep(0, 9))
  invisible(v$assign(value))
  expect_identical(as.array(v), rbind(rep(99, 3), 0, 0))
  expect_identical(v$dtype, if (backend == "jax") "float32" else "float64")

  n <- keras_variable(initializer = array(1, c(3, 3)), dtype = "float32", trainable = FALSE)
  expect_false(n$trainable)
})

for_each_backend("a vector has one axis, a number none, an array its own", function(backend) {
  expect_identical(keras_variable(5)$shape, integer())
  expect_null(dim(keras_variable(5)))
  expect_identical(length(keras_variable(5)), 1L)
  expect_identical(as.array(keras_variable(5)), 5)
  expect_identical(keras_variable(NaN)$shape, integer())
  expect_identical(keras_variable(5, shape = 1)$shape, 1L)
  expect_identical(keras_variable(array(5, 1))$shape, 1L)
  expect_identical(keras_variable(1:3)$shape, 3L)
  expect_identical(keras_variable(c(a = 1, b = 2))$shape, 2L)
  expect_identical(keras_variable(numeric())$shape, 0L)
  expect_identical(keras_variable(array(0, c(2, 0, 3)))$shape, c(2L, 0L, 3L))
})

for_each_backend("vectors follow floatx, arrays keep their type", function(backend) {
  double <- if (backend == "jax") "float32" else "float64"
  expect_identical(keras_variable(c(1, 2))$dtype, "float32")
  expect_identical(keras_variable(1)$dtype, "float32")
  expect_identical(keras_variable(1:3)$dtype, "int32")
  expect_identical(keras_variable(c(TRUE, FALSE))$dtype, "bool")
  expect_identical(keras_variable(TRUE)$dtype, "bool")
  expect_identical(keras_variable(array(1, 2))$dtype, double)
  expect_identical(keras_variable(array(1L, 2))$dtype, "int32")
  expect_identical(keras_variable(array(TRUE, 2))$dtype, "bool")
  expect_identical(keras_variable(array(1, 2), dtype = "float16")$dtype, "float16")
})

for_each_backend("a variable from a variable or a tensor is its own", function(backend) {
  v <- keras_variable(array(1:4 / 1, c(2, 2)), dtype = "float32")
  copies <- list(keras_variable(v), keras_variable(v$value), keras_variable(v * 1))
  v$assign(array(0, c(2, 2)))
  for (copy in copies) {
    expect_identical(as.numeric(copy), c(1, 2, 3, 4))
    expect_identical(copy$dtype, "float32")
  }
})

for_each_backend("a value moves to another backend when it is asked to", function(backend) {
  v <- keras_variable(array(1:4, c(2, 2)), backend = "numpy")
  expect_identical(as.array(keras_variable(v, backend = backend)), array(1:4, c(2, 2)))
})

for_each_backend("an R function is an initializer", function(backend) {
  seen <- NULL
  fill <- function(shape, dtype) {
    seen <<- list(shape, dtype)
    array(seq_len(prod(shape)), shape)
  }
  v <- keras_variable(fill, shape = c(2, 3), dtype = "float32")
  expect_identical(seen, list(c(2L, 3L), "float32"))
  expect_identical(as.array(v), array(1:6 / 1, c(2, 3)))
  expect_identical(as.array(keras_variable(function(shape, ...) 7, shape = integer())), 7)
})

for_each_backend("assigning replaces, adds and subtracts, and returns the new value", function(backend) {
  v <- keras_variable(array(1, c(2, 2)))
  first <- v$value
  expect_identical(as.array(v$assign(array(1:4, c(2, 2)))), array(1:4 / 1, c(2, 2)))
  expect_identical(as.array(v$assign_add(array(10, c(2, 2)))), array(11:14 / 1, c(2, 2)))
  expect_identical(as.array(v$assign_sub(1)), array(10:13 / 1, c(2, 2)))
  expect_tensor(first, v$assign(first))
  expect_identical(as.array(first), array(1, c(2, 2)))

  one <- keras_variable(c(1, 2, 3))
  one$assign(4:6)
  expect_identical(as.numeric(one), c(4, 5, 6))
  number <- keras_variable(1)
  number$assign(2)
  expect_identical(as.array(number), 2)
  single <- keras_variable(array(1, 1))
  single$assign(3)
  expect_identical(as.array(single), array(3, 1))
})

for_each_backend("the user's own array never changes", function(backend) {
  a <- array(1, c(2, 2))
  v <- keras_variable(a)
  v$assign_add(a)
  v[1, ] <- 99
  w <- keras_variable(array(0, c(2, 2)))
  w$assign(a)
  w[] <- 5
  expect_identical(a, array(1, c(2, 2)))
})

for_each_backend("a failed assignment leaves the variable as it was", function(backend) {
  v <- keras_variable(1:3)
  refused <- list(c(1.5, 2, 3), c(1L, NA, 3L), c(1, 2, 2^31), 1:4, array(1:3, c(1, 3)), NA, "a", NULL, list(1), NaN)
  for (value in refused) {
    expect_error(v$assign(value), class = "kerasvar_error")
    expect_identical(as.integer(v), 1:3)
  }
  for (value in list(0.5, NA, c(0.5, 1, 1))) {
    expect_error(v$assign_add(value), class = "kerasvar_error")
    expect_error(v$assign_sub(value), class = "kerasvar_error")
    expect_identical(as.integer(v), 1:3)
  }
})

for_each_backend("NA becomes NaN only if that is asked for", function(backend) {
  expect_error(keras_variable(c(1, NA)), class = "kerasvar_ValueError")
  expect_error(keras_variable(NA), class = "kerasvar_ValueError")
  expect_identical(as.numeric(keras_variable(c(1, NaN))), c(1, NaN))
  v <- keras_variable(c(1L, NA), na = "nan")
  expect_identical(v$dtype, "float32")
  expect_true(is.nan(as.numeric(v)[2]))
  expect_identical(as.array(keras_variable(NA, na = "nan")), NaN)
  v$assign(c(NA, 2), na = "nan")
  expect_identical(as.numeric(v), c(NaN, 2))
  whole <- keras_variable(1:2)
  expect_error(whole$assign(c(1, NA), na = "nan"), class = "kerasvar_ValueError")
})

for_each_backend("what can be set is set, the rest is refused", function(backend) {
  v <- keras_variable(c(1, 2))
  v$trainable <- FALSE
  expect_false(v$trainable)
  v$overwrite_with_gradient <- TRUE
  expect_true(v$overwrite_with_gradient)
  v$constraint <- function(w) w * 2
  expect_identical(as.numeric(v$constraint(v)), c(2, 4))
  v$constraint <- NULL
  expect_null(v$constraint)
  v$regularizer <- function(w) sum(w)
  expect_identical(as.numeric(v$regularizer(v$value)), 3)
  expect_identical(as.numeric(v), c(1, 2))
})

for_each_backend("a variable is one however it reached R", function(backend) {
  v <- keras_variable(c(1, 2))
  types <- reticulate::import("types", convert = FALSE)
  holder <- types$SimpleNamespace(v = v, l = list(v))
  for (w in list(holder$v, holder$l[[0]])) {
    expect_true(is_keras_variable(w))
    w[1] <- w[1] + 1
  }
  expect_identical(as.numeric(v), c(3, 2))
})

test_that("completion lists what a variable has", {
  skip_without_core()
  v <- keras_variable(c(1, 2), backend = "numpy")
  expect_true(all(c("value", "assign", "shape", "dtype") %in% .DollarNames(v)))
  expect_setequal(.DollarNames(v, "^assign"), c("assign", "assign_add", "assign_sub"))
  expect_null(names(v))
})

test_that("other Python attributes are at hand", {
  skip_without_core()
  v <- keras_variable(c(1, 2), backend = "numpy")
  expect_identical(as.numeric(v$to_backend("numpy")), c(1, 2))
  expect_identical(v$numpy(), array(c(1, 2), 2))
  expect_tensor(v$snapshot())
})

for_each_backend("what is set must be of its kind", function(backend) {
  v <- keras_variable(c(1, 2))
  for (field in c("trainable", "overwrite_with_gradient")) {
    before <- do.call(`$`, list(v, field))
    for (wrong in list("no", NA, NULL, 0, c(TRUE, FALSE), list(TRUE))) {
      expect_error(v <- do.call(`$<-`, list(v, field, wrong)), field, class = "kerasvar_TypeError")
      expect_identical(do.call(`$`, list(v, field)), before)
    }
    for (right in c(TRUE, FALSE)) {
      v <- do.call(`$<-`, list(v, field, right))
      expect_identical(do.call(`$`, list(v, field)), right)
    }
  }
  for (field in c("regularizer", "constraint")) {
    for (wrong in list("no", NA, 3)) {
      expect_error(v <- do.call(`$<-`, list(v, field, wrong)), field, class = "kerasvar_TypeError")
    }
    v <- do.call(`$<-`, list(v, field, NULL))
  }
})

for_each_backend("a variable without axes is assigned one element", function(backend) {
  m <- keras_variable(array(1:4 / 1, c(2, 2)))
  for (make in list(1.5, TRUE, 3L)) {
    s <- keras_variable(make)
    s$assign(m[1, 1])
    expect_identical(as.numeric(s), 1)
  }
  s <- keras_variable(1.5)
  s$assign_add(m[2, 2])
  expect_identical(as.numeric(s), 5.5)
  s$assign_sub(m$value[3])
  expect_identical(as.numeric(s), 2.5)
  expect_identical(s$shape, integer())
  expect_error(s$assign(m[1, ]), class = "kerasvar_ValueError")
  # An array has axes, if of extent 1.
  expect_error(s$assign(m[1, 1, drop = FALSE]), class = "kerasvar_ValueError")
  expect_identical(as.numeric(s), 2.5)
})

for_each_backend("clone() gives a variable of its own", function(backend) {
  v <- keras_variable(array(1:4, c(2, 2)), name = "w", trainable = FALSE)
  dimnames(v) <- list(c("a", "b"), NULL)
  w <- v$clone()
  expect_identical(as.array(w), as.array(v))
  for (field in c("name", "dtype", "backend", "trainable")) {
    expect_identical(do.call(`$`, list(w, field)), do.call(`$`, list(v, field)))
  }
  expect_identical(dimnames(w), dimnames(v))
  w["a", ] <- 0L
  expect_identical(as.array(v), array(1:4, c(2, 2)))
  expect_identical(as.vector(w), c(0L, 2L, 0L, 4L))
})

for_each_backend("R6 objects with variables are copied, deeply or not", function(backend) {
  skip_if_not_installed("R6")
  Model <- R6::R6Class("Model", list(w = NULL, t = NULL, key = NULL, init = NULL, initialize = function() {
    self$w <- keras_variable(c(1, 2))
    self$t <- self$w$value
    self$key <- random_key(1)
    self$init <- initializer_ones()
  }))
  model <- Model$new()
  deep <- model$clone(deep = TRUE)
  shallow <- model$clone()
  model$w[1] <- 9
  expect_identical(as.numeric(shallow$w), c(9, 2))
  expect_identical(as.numeric(deep$w), c(1, 2))
  expect_identical(as.numeric(deep$t), c(1, 2))
  expect_identical(format(deep$key), format(model$key))
  deep$w[2] <- 0
  expect_identical(as.numeric(model$w), c(9, 2))
})

test_that("errors name the argument and what came", {
  skip_without_core()
  local_backend("numpy")
  v <- keras_variable(1:3, name = "v")
  expect_snapshot_errors({
    keras_variable(array(1, c(2, 2)), shape = c(2, 3))
    keras_variable(1:3, dtype = "float7")
    keras_variable(1:3, backend = "mxnet")
    keras_variable(1:3, backend = 1)
    keras_variable(1:3, name = "a/b")
    keras_variable(1:3, trainable = NA)
    keras_variable(1:3, shape = "a")
    keras_variable(1:3, shape = -3)
    keras_variable(1:3, colour = "red")
    keras_variable(c(1.5, 2), dtype = "int32")
    keras_variable(300, dtype = "uint8")
    keras_variable(c(1, NA, NA))
    keras_variable(c(TRUE, NA))
    keras_variable(c("a", NA))
    keras_variable(NA_integer_)
    keras_variable(function(shape, dtype) 1)
    keras_variable("no_such_initializer", shape = 3)
    keras_variable(NULL)
    v$assign(1:4)
    v$assign(c(1.5, 2, 3))
    v$assign(c(1, NA, 3))
    v$assign_add(2^40)
    v$value <- 1:3
    v$name <- "w"
    v$nonsense
    v$nonsense <- 1
    dim(v) <- c(3, 1)
  })
})
