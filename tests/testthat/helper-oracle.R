# Base R is the oracle: the same expression with arrays and with variables that
# hold them must come to the same.

# What the two evaluations have in hand. Doubles that float32 holds exactly, so
# that JAX without x64 starts from the same numbers.
oracle_data <- function() {
  list(
    x = array(c(1.5, -2, 0.25, 4, 5, -6.5), c(2, 3)),
    y = array(c(2, 0.5, -1, 3, 7, 1.25), c(2, 3)),
    i = array(c(3L, -1L, 7L, 4L, 12L, -6L), c(2, 3)),
    l = array(c(TRUE, FALSE, TRUE, TRUE, FALSE, FALSE), c(2, 3)),
    z = array(complex(real = 1:6, imaginary = c(0, -1, 2, 0.5, 3, -2)), c(2, 3)),
    a = array(1:24 / 4, 2:4),
    u = array(c(3, 1, 2), 3)
  )
}

# Each expression in `...`. The answer has base R's values and `dim`; its type may
# be another (R knows no float32), so integers and logicals count as numbers.
expect_as_base <- function(..., data = oracle_data(), tolerance = NULL) {
  tolerance <- tolerance %||% if (default_backend() == "jax") 2e-6 else 1e-7
  variables <- lapply(data, keras_variable)
  for (expr in rlang::exprs(...)) {
    # NaNs produced, which base R warns of and a framework does not.
    wanted <- suppressWarnings(eval(expr, data))
    got <- suppressWarnings(as_r(eval(expr, variables)))
    # all.equal() takes a tenth of the time that expect_equal() does.
    same <- all.equal(as_number(got), as_number(wanted), tolerance = tolerance)
    if (isTRUE(same) && identical(dim(got), dim(wanted))) {
      testthat::succeed()
    } else {
      testthat::fail(paste0(
        c(
          paste0("`", paste(deparse(expr), collapse = " "), "` is not base R's answer."),
          if (!isTRUE(same)) same,
          paste("dim:", deparse(dim(got)), "where base R has", deparse(dim(wanted))),
          paste("got:", deparse(got)),
          paste("base R:", deparse(wanted))
        ),
        collapse = "\n"
      ))
    }
  }
}

as_number <- function(x) {
  if (is.logical(x) || is.integer(x)) {
    storage.mode(x) <- "double"
  }
  unname(x)
}

# Tensors that computed nothing: the class of what an expression gives.
expect_tensor <- function(...) {
  for (x in list(...)) {
    testthat::expect_s3_class(x, "kerasvar_tensor")
  }
}
