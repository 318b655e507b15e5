# Whole numbers stay whole: R's numbers beside integers, and what an integer
# variable is given. The oracle is R's own double arithmetic, which is exact here.

for_each_backend("a whole number that meets integers counts as one", function(backend) {
  k <- keras_variable(123456789L)
  expect_identical(as.numeric(k %% 10), 123456789 %% 10)
  expect_identical(as.numeric(k %/% 10), 123456789 %/% 10)
  expect_identical(as.numeric(k - 123456788), 1)
  expect_identical(as.numeric(123456790 - k), 1)
  expect_identical(as.numeric(k + c(1, 2)), 123456789 + c(1, 2))
  expect_identical(as.numeric(c(k, 1)), c(123456789, 1))
  expect_identical(as.numeric(max(k, 1)), 123456789)
  expect_identical(as.numeric(range(k, 1)), c(1, 123456789))
  expect_identical(as.numeric(rbind(k, 1)), c(123456789, 1))
  expect_identical(as.numeric(ifelse(k > 1, k, 0)), 123456789)
  expect_identical(as.numeric(keras_variable(array(123456789L, c(1, 1))) %*% 1), 123456789)
  expect_error(k %% 0, "by zero")
  # What the dtype cannot hold is no integer of it.
  expect_equal(as.numeric(k + 3e9), 123456789 + 3e9, tolerance = if (backend == "jax") 1e-7 else 0)
  small <- keras_variable(c(1L, 2L), dtype = "int8")
  expect_identical(as.numeric(small * 100), c(100, -56))
})

for_each_backend("a fraction that meets wide integers is not rounded to float32", function(backend) {
  skip_if(backend == "jax", "JAX holds no float64 without x64")
  k <- keras_variable(c(123456789L, -7L))
  expect_identical(as.numeric(k + 0.5), c(123456789, -7) + 0.5)
  expect_identical(as.numeric(k * c(0.5, 1)), c(123456789, -7) * c(0.5, 1))
  expect_identical(as.numeric(k / 10), c(123456789, -7) / 10)
  expect_identical(as.numeric(k / k[1]), c(123456789, -7) / 123456789)
  expect_identical(as.numeric(1 / k), 1 / c(123456789, -7))
  # One unit in the last place is left to the pow() of the framework.
  expect_equal(as.numeric(k^2), c(123456789, -7)^2, tolerance = 1e-15)
  expect_identical(as.numeric(c(k, 0.5)), c(123456789, -7, 0.5))
  expect_identical(as.numeric(sum(k, 0.5)), 123456782.5)
  expect_identical(as.numeric(sqrt(abs(k))), sqrt(c(123456789, 7)))
})

for_each_backend("operators wrap, assignments do not", function(backend) {
  small <- keras_variable(c(250L, 0L), dtype = "uint8")
  expect_identical(as.numeric(small + 10), c(4, 10))
  int <- keras_variable(c(.Machine$integer.max, 0L))
  expect_identical(as.integer(int - 1L), c(.Machine$integer.max - 1L, -1L))
  for (write in list(
    function() small$assign_add(10), function() small$assign_add(c(10L, 0L)),
    function() small$assign_sub(c(0, 1)), function() small$assign_add(-1L),
    function() small$assign(256), function() small[1] <- -1L, function() small[] <- c(1, 300),
    function() int$assign_add(1L), function() int$assign_add(1), function() int$assign_add(0.5),
    function() int$assign_sub(array(c(-1L, 0L), 2)), function() int$assign(2^31),
    function() int$assign_add(NA_integer_), function() int$assign_add(NaN)
  )) {
    expect_error(write(), class = "kerasvar_ValueError")
    expect_identical(as.integer(small), c(250L, 0L))
    expect_identical(as.integer(int), c(.Machine$integer.max, 0L))
  }
  expect_error(assign_at(small, 1, value = 6L, op = "add"), "256 is out of the range of uint8", class = "kerasvar_ValueError")
  expect_error(assign_at(small, 2, value = 1, op = "sub"), "-1 is out", class = "kerasvar_ValueError")
  expect_error(assign_at(small, c(2, 1, 1, 1), value = 2, op = "add"), "256 is out", class = "kerasvar_ValueError")
  expect_error(assign_at(small$value, value = c(6, 0), op = "add"), class = "kerasvar_ValueError")
  expect_error(assign_at(int, 1, value = 1L, op = "add"), class = "kerasvar_ValueError")
  expect_identical(as.integer(small), c(250L, 0L))
  expect_identical(as.integer(int), c(.Machine$integer.max, 0L))
  assign_at(small, c(1, 2, 1), value = c(2, 255, 3), op = "add")
  expect_identical(as.integer(small), c(255L, 255L))
  assign_at(small, c(1, 2, 1), value = c(2, 255, 3), op = "sub")
  expect_identical(as.integer(small), c(250L, 0L))
  small$assign_add(c(5, 255))
  expect_identical(as.integer(small), c(255L, 255L))
  small$assign_sub(small)
  expect_identical(as.integer(small), c(0L, 0L))
})

for_each_backend("int64 counts exactly", function(backend) {
  skip_if(backend == "jax", "JAX holds no int64 without x64")
  k <- keras_variable(2^53, dtype = "int64")
  k$assign_add(1)
  expect_identical(as.numeric(k - 2^53), 1)
  expect_identical(as.logical(k > 2^53), TRUE)
  expect_identical(as.logical(k == 2^53), FALSE)
})

for_each_backend("$assign_add() and $assign_sub() are `+` and `-` in place", function(backend) {
  start <- array(as.numeric(1:9), c(3, 3))
  values <- list(
    2, c(1, 2, 3), 1:9, array(1:9, c(3, 3)), array(c(10, 20, 30), 3), array(1:3, c(3, 1)),
    array(1:3, c(1, 3)), TRUE
  )
  for (x in values) {
    m <- keras_variable(start)
    expected <- as.array(m + x)
    expect_identical(as.array(m$assign_add(x)), expected)
    expect_identical(as.array(m), expected)
    expected <- as.array(m - x)
    m$assign_sub(x)
    expect_identical(as.array(m), expected)
  }
  m <- keras_variable(start)
  column <- m[, 2]
  expected <- as.array(m + column)
  m$assign_add(column)
  expect_identical(as.array(m), expected)
  m$assign_sub(m)
  expect_identical(as.array(m), start * 0)
  for (x in list(c(1, 2), array(1, c(2, 2)), array(1, c(2, 3, 3)), numeric(), array(1, c(1, 4)))) {
    expect_error(m$assign_add(x), class = "kerasvar_ValueError")
    expect_identical(as.array(m), start * 0)
  }
  one <- keras_variable(1)
  one$assign_add(one)
  expect_identical(as.numeric(one), 2)
  expect_error(one$assign_add(array(1, 3)), class = "kerasvar_ValueError")
})

for_each_backend("a state is checked as an assigned value is", function(backend) {
  i <- keras_variable(array(1:2, 2), name = "i")
  for (value in list(array(c(NA, 2L), 2), array(c(1.7, 2), 2), c(1.7, 2), c(NA, 2L), 2^40 + c(1, 2))) {
    expect_error(with_stateless(i + 0L, state = list(list(i, value))), class = "kerasvar_ValueError")
    expect_error(functionalize(function() i + 0L, i)(list(i = value)), class = "kerasvar_ValueError")
    expect_error(i$assign(value), class = "kerasvar_ValueError")
  }
  expect_identical(as.integer(with_stateless(i + 0L, state = list(list(i, c(5, 6))))$result), 5:6)
  expect_identical(as.integer(functionalize(function() i + 0L, i)(list(i = c(5, 6)))$result), 5:6)
  float <- keras_variable(array(c(1.7, 2), 2))
  expect_error(i$assign(float), class = "kerasvar_ValueError")
  expect_error(i[] <- float, class = "kerasvar_ValueError")
  expect_identical(as.integer(i), 1:2)
})

for_each_backend("a state and a constant reach the variable's dtype without a detour through float32", function(backend) {
  i <- keras_variable(array(0L, 2), name = "i")
  exact <- c(16777217, 123456789)
  pure <- functionalize(function() i + 0L, i)
  for (value in list(exact, array(exact, 2), as.integer(exact))) {
    expect_identical(as.numeric(pure(list(i = value))$result), exact)
  }
  one <- keras_variable(0L, name = "one")
  expect_identical(as.numeric(functionalize(function() one, one)(list(one = 16777217))$state$one), 16777217)
  constant <- initializer_constant(exact)
  expect_identical(as.numeric(keras_variable(constant, shape = 2, dtype = "int32")), exact)
  skip_if(backend == "jax", "JAX holds no float64 without x64")
  x <- keras_variable(array(0, 2), name = "x")
  pure <- functionalize(function() x + 0, x)
  expect_identical(as.numeric(pure(list(x = c(0.1, 123456789)))$result), c(0.1, 123456789))
  constant <- initializer_constant(c(0.1, 123456789))
  expect_identical(as.numeric(keras_variable(constant, shape = 2, dtype = "float64")), c(0.1, 123456789))
})
