with_dim <- function(x) {
  # These have one, or cannot have one.
  if (is.atomic(x) && !is.null(x) && !is.factor(x)) {
    dim(x) <- c(1, length(x))
  }
  x
}

expect_entry <- function(x, dtype, entry, backend) {
  if (is.na(dtype)) {
    return()
  }
  if (dtype == "error") {
    return(expect_error(keras_variable(x), class = "kerasvar_TypeError"))
  }
  if (dtype == "string" && backend %in% c("jax", "torch")) {
    return(expect_error(keras_variable(x), class = "kerasvar_ValueError"))
  }
  if (backend == "jax" && grepl("64$|128$", dtype) && dtype != "complex64") {
    # Without x64, JAX's own 32-bit type in its place.
    dtype <- c(float64 = "float32", int64 = "int32", complex128 = "complex64")[[dtype]]
    if (dtype == "int32") {
      return()
    }
  }
  v <- keras_variable(x)
  expect_identical(v$dtype, dtype, label = entry$r)
  back <- as.array(v)
  type <- if (inherits(back, "integer64")) "integer64" else typeof(back)
  expect_identical(type, entry$back, label = entry$r)
  wanted <- if (is.data.frame(x) || isS4(x)) as.matrix(x) else x
  expect_equal(as.character(back), as.character(if (is.raw(wanted)) as.integer(wanted) else wanted))
}

for_each_backend("the table of types is what happens", function(backend) {
  for (row in seq_len(nrow(conversion_table))) {
    entry <- conversion_table[row, ]
    package <- sub("::.*", "", grep("::", entry$example, value = TRUE))
    if (length(package) && !rlang::is_installed(package)) {
      next
    }
    x <- eval(parse(text = entry$example))
    expect_entry(x, entry$vector, entry, backend)
    expect_entry(with_dim(x), entry$array, entry, backend)
  }
})

test_that("the table is on the help page", {
  shown <- conversion_table_rd()
  for (entry in conversion_table$r) {
    expect_match(shown, entry, fixed = TRUE)
  }
})
