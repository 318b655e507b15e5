for_each_backend("an array comes back identical, at every rank", function(backend) {
  skip_if(backend == "jax", "JAX without x64 has no float64")
  set.seed(1)
  for (dim in list(3, c(2, 3), 2:4, 2:5, 2:6, c(2, 0, 3), 0, c(1, 1))) {
    a <- array(rnorm(prod(dim)), dim)
    expect_identical(as.array(keras_variable(a)), a)
    expect_identical(as.array(keras_variable(a)$value), a)
  }
  expect_identical(as.array(keras_variable(pi, dtype = "float64")), pi)
})

for_each_backend("a large array comes back identical", function(backend) {
  # Large enough to be copied in blocks, and no multiple of a block.
  a <- array(1:(300 * 130 * 3) / 1, c(300, 130, 3))
  v <- keras_variable(a, dtype = "float32")
  expect_identical(as.array(v), a)
  v$assign(aperm(aperm(a)))
  expect_identical(as.array(v), a)
  i <- array(1:(300 * 130), c(300, 130))
  expect_identical(as.array(keras_variable(i)), i)
})

for_each_backend("large values of every type come back", function(backend) {
  n <- 100003
  for (a in list(
    array(c(NaN, Inf, -1, rep(0.5, n - 3)), n),
    array(c(-5L, rep(7L, n - 1)), c(1, n)),
    array(rep_len(c(TRUE, FALSE, TRUE), n), c(n, 1)),
    array(complex(real = seq_len(n), imaginary = 1), n)
  )) {
    v <- keras_variable(a)
    got <- as.array(v)
    expect_true(identical(got, a))
    if (is.logical(a)) v$assign(!a) else v$assign_add(a)
    expect_true(identical(got, a))
  }
})

for_each_backend("integers and logicals come back identical", function(backend) {
  for (a in list(array(1:6, c(2, 3)), array(c(TRUE, FALSE), c(2, 1)), array(-5L, 1))) {
    expect_identical(as.array(keras_variable(a)), a)
  }
})

for_each_backend("each dtype has an R type", function(backend) {
  back <- c(
    float16 = "double", bfloat16 = "double", float32 = "double", int8 = "integer",
    uint8 = "integer", int16 = "integer", int32 = "integer", bool = "logical",
    complex64 = "complex", float8_e4m3fn = "double", float8_e5m2 = "double",
    uint16 = "integer", uint32 = "double"
  )
  for (dtype in names(back)) {
    v <- keras_variable(array(c(1, 0, 1, 1), c(2, 2)), dtype = dtype)
    expect_identical(v$dtype, dtype)
    got <- as.array(v)
    expect_type(got, back[[dtype]])
    expect_identical(dim(got), c(2L, 2L))
    expect_equal(as.numeric(v), c(1, 0, 1, 1))
  }
})

for_each_backend("64-bit integers are never rounded", function(backend) {
  if (backend == "jax") {
    # JAX without x64 has no int64: it is an error then.
    skip_if_not_installed("bit64")
    expect_error(keras_variable(bit64::as.integer64("9007199254740993")), class = "kerasvar_ValueError")
    expect_error(keras_variable(2^40, dtype = "int64"), class = "kerasvar_ValueError")
    return()
  }
  v <- keras_variable(c(1, 2^53), dtype = "int64")
  expect_identical(as.numeric(v), c(1, 2^53))
  skip_if_not_installed("bit64")
  wide <- bit64::as.integer64(c("9007199254740993", "-9223372036854775807", "3"))
  v <- keras_variable(wide)
  expect_identical(v$dtype, "int64")
  expect_s3_class(as.array(v), "integer64")
  expect_identical(as.character(as.array(v)), as.character(wide))
  m <- wide[c(1, 2, 3, 3)]
  dim(m) <- c(2, 2)
  expect_identical(as.character(as.array(keras_variable(m))), as.character(m))
  # Whatever takes the class off leaves the bits, which look like numbers.
  expect_identical(as.vector(v), wide)
  expect_identical(as.vector(v[2]), wide[2])
  expect_identical(as.list(v), as.list(wide))
  expect_identical(as.vector(v, "character"), as.character(wide))
  expect_identical(as.vector(v, "list"), as.list(wide))
  for (f in list(as.numeric, as.complex, function(x) as.vector(x, "double"))) {
    expect_equal(Re(suppressWarnings(f(v))), c(2^53, -2^63, 3))
  }
  expect_identical(as.logical(v), c(TRUE, TRUE, TRUE))
  expect_identical(as.character(unique(v)), as.character(wide))
  expect_identical(as.character(as.matrix(v)), as.character(wide))
  expect_identical(dim(as.matrix(v)), c(3L, 1L))
  expect_identical(as.data.frame(keras_variable(m)), data.frame(V1 = wide[1:2], V2 = wide[c(3, 3)]))
  expect_identical(data.frame(w = v)$w, wide)
  v$assign(wide[c(3, 2, 1)])
  expect_identical(as.character(v), as.character(wide[c(3, 2, 1)]))
  expect_error(keras_variable(bit64::as.integer64(c(1, NA))), class = "kerasvar_ValueError")
})

test_that("an integer that is R's NA comes as a double", {
  skip_without_core()
  v <- keras_variable(c(-2^31, 5), dtype = "int32", backend = "numpy")
  expect_identical(as.array(v), array(c(-2^31, 5), 2))
  expect_identical(as.array(v[1]), array(-2^31, 1))
})

for_each_backend("text comes back where the backend has text", function(backend) {
  skip_if(backend %in% c("jax", "torch"), "JAX and torch hold no text")
  a <- array(c("a", "b", "\u00e9", "", "x y", "f"), c(2, 3))
  v <- keras_variable(a)
  expect_identical(v$dtype, "string")
  expect_identical(as.array(v), a)
  expect_identical(as.character(v), as.character(a))
  expect_identical(as.array(keras_variable("word", dtype = "string")), "word")
  expect_identical(as.logical(v == "b"), as.vector(a == "b"))
})

for_each_backend("the others are base R's, down the columns", function(backend) {
  a <- array(c(1.5, 0, -3, 4, 0, 6), c(2, 3))
  v <- keras_variable(a)
  expect_identical(as.numeric(v), as.numeric(a))
  expect_identical(as.double(v), as.double(a))
  expect_identical(as.integer(v), as.integer(a))
  expect_identical(as.logical(v), as.logical(a))
  expect_identical(as.complex(v), as.complex(a))
  expect_identical(as.character(v), as.character(a))
  expect_identical(as.vector(v), as.vector(a))
  expect_identical(as.vector(v, "list"), as.vector(a, "list"))
  expect_identical(as.list(v), as.list(a))
  expect_identical(as.matrix(v), a)
  expect_identical(as.matrix(v[, 1]), as.matrix(a[, 1]))
  expect_identical(as.matrix(v[1, 1]), as.matrix(a[1, 1]))
  expect_identical(as.data.frame(v), as.data.frame(a))
  expect_identical(as.raw(keras_variable(0:2)), as.raw(0:2))
  expect_identical(lapply(v, identity), lapply(a, identity))
  expect_identical(sapply(v, abs), sapply(a, abs))
  expect_identical(apply(v, 1, sum), apply(a, 1, sum))
  expect_identical(nrow(v), 2L)
  expect_identical(NCOL(v), 3L)
  expect_true(is.array(v) && is.matrix(v) && is.numeric(v))
  expect_false(is.numeric(v > 0))
  expect_false(is.matrix(v[1, ]))
})

for_each_backend("all.equal() compares values", function(backend) {
  v <- keras_variable(array(1:4 / 1, c(2, 2)))
  expect_true(all.equal(v, array(1:4 / 1, c(2, 2))))
  expect_true(all.equal(v, v$value))
  expect_true(all.equal(v$value, v * 1))
  expect_false(isTRUE(all.equal(v, v + 1)))
  expect_false(isTRUE(all.equal(v, 1:3)))
})

test_that("what comes back is the caller's own", {
  skip_without_core()
  for (backend in c("numpy", "torch")) {
    skip_without_backend(backend)
    v <- keras_variable(array(1, c(2, 2)), backend = backend)
    a <- as.array(v)
    v$assign(array(2, c(2, 2)))
    v[1, 1] <- 9
    expect_identical(a, array(1, c(2, 2)))
    a[2, 2] <- 77
    expect_identical(as.numeric(v), c(9, 2, 2, 2))
  }
})

for_each_backend("sprintf(), which would take two elements, is an error", function(backend) {
  for (x in list(keras_variable(array(1:6 / 1, c(2, 3))), keras_variable(1), keras_variable(c(1, 2))$value)) {
    for (fmt in c("%.1f", "%s", "%g", "%5.1e", "%d")) {
      expect_error(sprintf(fmt, x))
      expect_error(sprintf(paste("%s", fmt), "a", x))
    }
    expect_error(sprintf("%.1f", x), "as.numeric", class = "kerasvar_TypeError")
    expect_error(gettextf("%s", x), "as.character", class = "kerasvar_TypeError")
    expect_identical(sprintf("%.1f", as.numeric(x)), sprintf("%.1f", as.vector(as.array(x))))
  }
})
