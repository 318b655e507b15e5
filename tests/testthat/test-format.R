# Every printed form, once; where a backend holds the dtype it must look the
# same there. jax holds no 64 bits here, so these use 32.
test_that("a matrix prints as R prints one, below a header", {
  expect_same_look(function(backend) {
    format(new_variable(array(99, c(3, 3)), dtype = "float32"))
  })
})

test_that("a vector has R's labels", {
  expect_same_look(function(backend) {
    format(new_variable(seq(0.5, 15, by = 0.5), dtype = "float32"), width = 40)
  })
})

test_that("no axes, no elements", {
  expect_same_look(function(backend) {
    c(
      format(new_variable(3.5)),
      format(new_variable(array(0, 0), dtype = "float32")),
      format(new_variable(array(0, c(0, 3)), dtype = "float32")),
      format(new_variable(array(0L, c(2, 0, 3)), dtype = "int32"))
    )
  })
})

test_that("five axes", {
  expect_same_look(function(backend) {
    format(new_variable(array(1:32, c(2, 2, 2, 2, 2)), dtype = "int32"), n = 8)
  })
})

test_that("NaN and Inf", {
  expect_same_look(function(backend) {
    value <- array(c(NaN, Inf, -Inf, 0, -1.5, 1e-30), c(2, 3))
    format(new_variable(value, dtype = "float32"))
  })
})

test_that("complex", {
  expect_same_look(function(backend) {
    value <- array(complex(real = 1:4, imaginary = c(0.5, -2)), c(2, 2))
    format(new_variable(value, dtype = "complex64"))
  })
})

test_that("bool", {
  expect_same_look(function(backend) {
    format(new_variable(array(c(TRUE, FALSE, FALSE), c(3, 2))))
  })
})

test_that("string", {
  expect_same_look(backends = backends_that_hold("string"), function(backend) {
    value <- array(c("a", "with \"quotes\"", "z\u00fcrich", ""), c(2, 2))
    format(new_variable(value, dtype = "string"))
  })
})

test_that("narrow floats have no more digits than they can tell apart", {
  expect_same_look(function(backend) {
    value <- array(c(0.1, 1 / 3, 1, 100), c(2, 2))
    c(
      format(new_variable(value, dtype = "bfloat16")),
      format(new_variable(value, dtype = "float16")),
      format(new_variable(value, dtype = "float8_e4m3fn"))
    )
  })
})

test_that("integers are exact", {
  skip_without_core()
  # jax without x64 has no int64.
  expect_same_look(backends = setdiff(all_backends, "jax"), function(backend) {
    value <- reticulate::py_run_string(
      "import numpy; x = numpy.array([2**53 + 1, -2**63, 7])",
      local = TRUE,
      convert = FALSE
    )$x
    format(new_variable(value))
  })
})

test_that("large ones show their corners and say what is left out", {
  expect_same_look(function(backend) {
    value <- array(as.integer(outer(1:100, 1:50)), c(100, 50))
    v <- new_variable(value)
    c(
      format(v, n = 5, width = 50),
      format(new_variable(1:1000), n = 4, width = 40),
      format(new_variable(array(1:6000, c(20, 30, 10))), n = 9, width = 30)
    )
  })
})

test_that("flags that are not the default are in the header, wrapped", {
  expect_same_look(function(backend) {
    v <- new_variable(
      array(0, c(1, 1)),
      dtype = "float32",
      name = "w",
      trainable = FALSE,
      autocast = FALSE,
      aggregation = "mean"
    )
    c(format(v, width = 200), format(v, width = 50))
  })
})

test_that("a scope's path and an autocast scope's dtype are in the header", {
  expect_same_look(function(backend) {
    scope <- call_py(py_fn("name_scope"), "block")
    scope$`__enter__`()
    v <- new_variable(array(0.1, c(1, 1)), dtype = "float32", name = "w")
    scope$`__exit__`()
    autocast <- call_py(py_fn("AutocastScope"), "float16")
    autocast$`__enter__`()
    on.exit(autocast$`__exit__`())
    format(v)
  })
})

test_that("a tensor has a header of its own", {
  expect_same_look(function(backend) {
    format(new_tensor(array(1:4, c(2, 2))))
  })
})

test_that("a variable that waits for its first value says so", {
  expect_same_look(function(backend) {
    # Else it would wait for whoever enters a stateless scope next.
    on.exit(clear_session())
    with_stateless(
      format(new_variable(function(shape, dtype) array(1, shape), shape = c(2, 2))),
      initialize_variables = FALSE
    )$result
  })
})

test_that("the elements are laid out as base R lays them out", {
  values <- list(
    array(c(-1.5, 2, 1e-3, 12345.678, 0, 7), c(2, 3)),
    array(c(1e10, 1, 1e-5, 3), c(2, 2)),
    array(c(1, 1e5, 1e-15, 123456789), c(4, 1)),
    array(1:30, c(15, 2)),
    array(c(TRUE, FALSE), c(2, 2)),
    array(1:24 / 8, c(2, 3, 4)),
    array(1:16 / 3, c(2, 2, 2, 2)),
    array(seq(0, 1, length.out = 40), 40),
    array(c(1e10, 1, 1e-5, 3), 4),
    array(c(NaN, 1, Inf), 3)
  )
  skip_without_core()
  for (value in values) {
    printed <- utils::capture.output(print(value))
    # R ends an array of three axes or more with an empty line.
    if (length(dim(value)) > 2) {
      printed <- printed[-length(printed)]
    }
    # Only numpy, where float64 is never narrowed; that the others look the same
    # is what the snapshots show.
    v <- new_variable(value, backend = "numpy")
    expect_identical(format(v)[-1], printed)
  }
})

test_that("everything is shown where n and width are Inf", {
  skip_without_core()
  value <- array(1:6000, c(60, 100))
  lines <- format(new_variable(value), n = Inf, width = Inf)
  withr::local_options(width = 10000)
  expect_identical(lines[-1], utils::capture.output(print(value)))
})

test_that("no line of the body is wider than width", {
  skip_without_core()
  for (width in c(20, 40, 80)) {
    for (shape in list(c(100, 100), 500, c(5, 40, 3))) {
      lines <- format(new_variable(array(1:17 / 7, shape)), width = width)
      expect_lte(max(nchar(lines[-c(1, length(lines))], "width")), width)
    }
  }
})

test_that("colours come only where the terminal has them, and change no letter", {
  skip_without_core()
  v <- new_variable(array(c(NaN, 1), c(40, 2)))
  plain <- format(v, n = 6)
  expect_false(any(cli::ansi_has_any(plain)))
  withr::local_options(cli.num_colors = 256L)
  coloured <- format(v, n = 6)
  expect_true(cli::ansi_has_any(coloured[1]))
  expect_identical(as.character(cli::ansi_strip(coloured)), plain)
})

for_each_backend("a large variable is printed without leaving the device", function(backend) {
  large <- new_variable(array(0, c(4000, 4000)), dtype = "float32")
  small <- new_variable(array(0, c(30, 30)), dtype = "float32")
  # host() is how values leave a device.
  host <- reticulate::py_run_string(
    "
def watch(backend):
    host, sizes = backend.host, []
    def spy(tensor):
        array = host(tensor)
        sizes.append(int(array.size))
        return array
    backend.host = spy
    return sizes
def unwatch(backend):
    del backend.host
",
    local = TRUE,
    convert = FALSE
  )
  py_backend <- call_py(py_fn("backends.get"), backend)
  sizes <- host$watch(py_backend)
  on.exit(host$unwatch(py_backend))
  lines <- format(large)
  sizes <- unlist(reticulate::py_to_r(sizes))
  expect_length(sizes, 1)
  expect_lt(sizes, 1000)
  expect_match(lines[length(lines)], "3,980 more rows", fixed = TRUE)
})

test_that("n and width are checked", {
  skip_without_core()
  v <- new_variable(1)
  expect_snapshot_errors(print(v, n = 0))
  expect_snapshot_errors(format(v, width = "wide"))
})
