for_each_backend("operators are base R's", function(backend) {
  expect_as_base(
    x + 1, 1 - x, x * 2L, x / 4, 3 / x, x + y, x - y, x * y, x / y, x %% y, x %/% y,
    x %% 2, x %/% 2, -7 %% y, abs(x)^y, 2^x, y^2, -x, +x, !x, !l, -i, -l,
    x == y, x != 1.5, x < y, x <= 0.25, x > 0, 2 >= x, x == x,
    i + 1L, i - i, i * 3L, i / 2L, i %/% 4L, i %% 4L, i %/% -4L, 7L %% i, i > 3, i == 7L,
    l + l, l * i, l - TRUE, l + x, l & TRUE, l | !l, x & l, x | FALSE, xor(l, TRUE),
    l == TRUE, l < TRUE, z + 1, z * z, z / 2, z == z, -z, z - x
  )
})

for_each_backend("arrays, vectors and tensors meet on either side", function(backend) {
  expect_as_base(
    x + c(1, 2), c(10, 20) - x, x * 1:6, x + 1:3, 6:1 / x, x + array(1:6, c(2, 3)),
    array(0.5, c(2, 3)) * x, x > c(0, 1), c(TRUE, FALSE) & l, l | c(TRUE, FALSE, TRUE),
    x + x[, 1], x[, 1] * x, x[1, ] + 1:3, x[1, ] + 1:6, x[1, ] - x[2, ], x[1, 1] + 1:3,
    x - rowMeans(x), a + 1:2, a * c(1, 2, 3, 4, 5, 6), a - a[, 1, 1], u + 1, u * 1:3,
    u + u, i + c(0.5, 1), i == c(3, 4), i %% c(2L, 3L), i %/% c(2, 3), l + 1:2
  )
})

for_each_backend("an array of one axis is broadcast over the rows, as NumPy does", function(backend) {
  x <- keras_variable(array(c(1, 2, 3, 4, 5, 6), c(2, 3)))
  b <- keras_variable(array(c(10, 20, 30), 3))
  expected <- array(c(11, 12, 23, 24, 35, 36), c(2, 3))
  expect_equal(as.array(x + b), expected)
  expect_equal(as.array(x + array(c(10, 20, 30), 3)), expected)
  expect_equal(as.array(x + b * 1), expected)
  # What base R regards as a vector runs down the columns, square or not.
  s <- keras_variable(array(1:9 / 1, c(3, 3)))
  expect_equal(as.array(s + s[, 1]), as.array(s) + as.array(s)[, 1])
})

for_each_backend("R's numbers and vectors give way to the variable's dtype", function(backend) {
  half <- keras_variable(1:3, dtype = "float16")
  whole <- keras_variable(1:3)
  wide <- keras_variable(c(0.1, 0.2), dtype = if (backend == "jax") "float32" else "float64")
  expect_equal(py_dtype(half + 1), "float16")
  expect_equal(py_dtype(half * c(1, 2, 3)), "float16")
  expect_equal(py_dtype(whole + 1L), "int32")
  expect_equal(py_dtype(whole + 1:3), "int32")
  double <- if (backend == "jax") "float32" else "float64"
  expect_equal(py_dtype(whole + 1), "int32")
  expect_equal(py_dtype(whole + c(1, 2, 3)), "int32")
  expect_equal(py_dtype(whole + 0.5), double)
  expect_equal(py_dtype(whole + c(0.5, 1, 2)), double)
  expect_equal(py_dtype(whole + 3e9), double)
  expect_equal(py_dtype(whole / 2L), double)
  expect_equal(py_dtype(whole / 2), double)
  expect_equal(py_dtype(whole^2L), double)
  expect_equal(py_dtype(sqrt(whole)), double)
  expect_equal(py_dtype(keras_variable(1:3, dtype = "int8") / 2), "float32")
  expect_equal(py_dtype(half + array(1, 3)), double)
  # Not by way of float32.
  if (backend != "jax") {
    expect_identical(as.numeric(wide + c(0.1, 0.2)), c(0.1, 0.2) + c(0.1, 0.2))
  }
})

for_each_backend("integers are compared exactly", function(backend) {
  large <- keras_variable(c(16777216L, 16777217L))
  expect_identical(as.logical(large == 16777217), c(FALSE, TRUE))
  expect_identical(as.logical(large > c(16777216L, 16777216L)), c(FALSE, TRUE))
  expect_identical(as.logical(large > 16777216.5), c(FALSE, TRUE))
  expect_identical(as.logical(16777216.5 < large), c(FALSE, TRUE))
  expect_identical(as.logical(large == 16777216.5), c(FALSE, FALSE))
  expect_identical(as.logical(large != c(16777216.5, 16777217)), c(TRUE, FALSE))
  expect_identical(as.logical(large < c(Inf, -Inf)), c(TRUE, FALSE))
  expect_identical(as.logical(large >= c(-1e300, 1e300)), c(TRUE, FALSE))
  expect_identical(as.logical(large != NaN), c(TRUE, TRUE))
  small <- keras_variable(c(0L, 255L), dtype = "uint8")
  expect_identical(as.logical(small < 300L), c(TRUE, TRUE))
  expect_identical(as.logical(small == -1L), c(FALSE, FALSE))
})

for_each_backend("Math is base R's", function(backend) {
  expect_as_base(
    abs(x), sign(x), sqrt(abs(x)), floor(x), ceiling(x), trunc(x), exp(x), expm1(x / 8),
    log(abs(x)), log(abs(x), 2), log(abs(x), 10), log(abs(x), base = 3), log2(abs(x)),
    log10(abs(x)), log1p(abs(x)), cos(x), sin(x), tan(x), cospi(x), sinpi(x), tanpi(x / 9),
    acos(x / 8), asin(x / 8), atan(x), cosh(x), sinh(x), tanh(x), acosh(abs(x) + 1), asinh(x),
    atanh(x / 8), round(x), round(x, 1), signif(x, 1), abs(i), sign(i), floor(i),
    round(i), round(i * 37L, -1), trunc(i), abs(l), sqrt(l), exp(z), sqrt(z), abs(z),
    cumsum(x), cumprod(x), cummax(x), cummin(x), cumsum(i), cumprod(i), cummax(i), cummin(i),
    cumsum(l), cumsum(a), cumsum(z), signif(i * 1237L, 2), signif(x * 1234.5, 3),
    tolerance = 5e-6
  )
  expect_as_base(
    lgamma(abs(x)), gamma(x + 0.25), digamma(x + 0.25), trigamma(abs(x)),
    tolerance = 1e-4
  )
})

for_each_backend("NaN has no sign", function(backend) {
  for (dtype in c("float32", "float16", "bfloat16")) {
    v <- keras_variable(c(NaN, -2, 0, 3), dtype = dtype)
    expect_identical(as.numeric(sign(v)), c(NaN, -1, 0, 1))
  }
})

for_each_backend("half turns are exact where base R's are", function(backend) {
  v <- keras_variable(c(0.5, 1, 1.5, 2, -0.5, -1, 1e6, 12.5))
  expect_identical(as.numeric(sinpi(v)), c(1, 0, -1, 0, -1, 0, 0, 1))
  expect_identical(as.numeric(cospi(v)), c(0, -1, 0, 1, 0, -1, 1, 0))
})

for_each_backend("Summary is base R's", function(backend) {
  expect_as_base(
    sum(x), prod(x), max(x), min(x), range(x), sum(i), prod(i), max(i), min(i), range(i),
    sum(l), max(l), any(l), all(l), any(x > 100), all(x), sum(x, 3, i), max(x, 100),
    range(x, 1:10), prod(x, 2), any(l, FALSE), sum(z), mean(x), mean(i), mean(l), mean(z),
    sum(a), sum(x[1, ])
  )
})

for_each_backend("mean() trims as in base R", function(backend) {
  expect_as_base(
    mean(u, trim = 0.4), mean(u, 0.4), mean(u, trim = 0.5), mean(u, trim = 7), mean(x, trim = 0.2),
    mean(x, trim = 0.1), mean(i, 0.3), mean(x, trim = -1), mean(a, trim = 0.25), mean(x[1, ], 0.4),
    mean(l, trim = 0.2), mean(w, trim = 0.2, na.rm = TRUE), mean(x, 0, TRUE),
    data = c(oracle_data(), list(w = array(c(7, NaN, 2, 1, 50, 4), 6)))
  )
  expect_true(is.nan(as.numeric(mean(keras_variable(c(1, NaN, 3)), trim = 0.4))))
  v <- keras_variable(array(c(3, 1), 2))
  expect_error(mean(v, trim = "a"), "trim", class = "kerasvar_TypeError")
  expect_error(mean(v, trim = c(0.1, 0.2)), "trim", class = "kerasvar_TypeError")
  expect_error(mean(v, trim = NA), "trim", class = "kerasvar_TypeError")
})

for_each_backend("values may have any name, and NULL is no value", function(backend) {
  expect_as_base(sum(x, call = 1), max(x, call = 100), sum(x, NULL), range(x, a = 20), any(l, call = TRUE))
})

for_each_backend("na.rm leaves NaN out", function(backend) {
  data <- list(x = array(c(1, NaN, 3, -2), c(2, 2)))
  expect_as_base(
    sum(x, na.rm = TRUE), prod(x, na.rm = TRUE), max(x, na.rm = TRUE), min(x, na.rm = TRUE),
    range(x, na.rm = TRUE), mean(x, na.rm = TRUE), rowSums(x, na.rm = TRUE),
    colMeans(x, na.rm = TRUE), is.na(x), is.nan(x), is.finite(x), is.infinite(1 / (x - 1)),
    anyNA(x), any(x > 0, na.rm = TRUE), median(x, na.rm = TRUE),
    data = data
  )
  v <- keras_variable(data$x)
  expect_true(is.nan(as.numeric(sum(v))))
  expect_true(is.nan(as.numeric(max(v))))
})

for_each_backend("sums of integers do not overflow where int64 is held", function(backend) {
  skip_if(backend == "jax", "JAX without x64 has no int64")
  v <- keras_variable(rep(.Machine$integer.max, 3))
  expect_identical(as.numeric(sum(v)), 3 * .Machine$integer.max)
  expect_identical(as.numeric(cumsum(v)), 1:3 * as.numeric(.Machine$integer.max))
  expect_identical(as.numeric(mean(v)), as.numeric(.Machine$integer.max))
})

for_each_backend("no elements: sums are 0 and extremes infinite, as in base R", function(backend) {
  data <- list(x = array(numeric(), c(0, 3)))
  expect_as_base(
    sum(x), prod(x), any(x), all(x), x + 1, x * 1:3, max(x), min(x), cumsum(x), rowSums(x),
    colSums(x), sqrt(x),
    data = data
  )
})

for_each_backend("answers are tensors, and never the variable's own memory", function(backend) {
  v <- keras_variable(array(1, c(2, 2)))
  got <- list(+v, abs(v), round(v), floor(v), v + 0, t(v), rev(v), c(v), aperm(v))
  do.call(expect_tensor, got)
  v$assign(array(7, c(2, 2)))
  for (x in got) {
    expect_identical(as.numeric(x), rep(1, 4))
  }
})

for_each_backend("a tensor from a variable is answered for, whatever the side", function(backend) {
  v <- keras_variable(array(1, c(2, 2)))
  expect_equal(as.array(v$value + v), array(2, c(2, 2)))
  expect_equal(as.array(v + v$value), array(2, c(2, 2)))
  expect_equal(as.array(v$value > v), array(FALSE, c(2, 2)))
})

test_that("errors say what did not fit", {
  skip_without_core()
  local_backend("numpy")
  v <- keras_variable(array(1:6, c(2, 3)))
  words <- keras_variable(c("a", "b"))
  expect_snapshot_errors({
    v + 1:4
    v + array(1, c(4, 4))
    v %/% 0L
    v %% c(1L, 0L)
    v + NA
    v + c(1L, NA, NA)
    v + "a"
    v + list(1)
    words + 1L
    sqrt(words)
    sum(words)
    keras_variable(1i) < 2
    floor(keras_variable(1i))
    keras_variable(1:3, dtype = "uint8") + -1L
    max(keras_variable(integer()))
  })
})

test_that("nothing moves between frameworks silently", {
  skip_without_backend("torch")
  skip_without_backend("jax")
  a <- keras_variable(array(1, 3), backend = "torch")
  b <- keras_variable(array(1, 3), dtype = "float32", backend = "jax")
  expect_snapshot_errors(a + b)
})
