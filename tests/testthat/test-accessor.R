# The accessor's rules, each on an array whose elements tell where they were.

for_each_backend("x@r reads as R keras documents", function(backend) {
  a <- array(as.double(1:12), c(3, 4))
  v <- keras_variable(a, dtype = "float32")
  for (x in list(v, v$value)) {
    expect_identical(as.array(x@r[1]), array(a[1, ]))
    expect_identical(as.array(x@r[1, ]), array(a[1, ]))
    expect_identical(as.array(x@r[-1]), array(a[3, ]))
    expect_identical(as.array(x@r[, 2]), array(a[, 2]))
    expect_identical(as.array(x@r[, 2:2]), a[, 2, drop = FALSE])
    expect_identical(as.array(x@r[]), a)
    expect_identical(as.array(x@r[..]), a)
    expect_identical(as.array(x@r[.., -2]), array(a[, 3]))
    expect_identical(as.array(x@r[all_dims(), -2]), array(a[, 3]))
    expect_identical(as.array(x@r[newaxis]), array(a, c(1, 3, 4)))
    expect_identical(as.array(x@r[NULL, .., NULL]), array(a, c(1, 3, 4, 1)))
    expect_identical(as.array(x@r[, newaxis, 1:2]), array(a[, 1:2], c(3, 1, 2)))
    expect_identical(as.array(x@r[NA:2]), a[1:2, ])
    expect_identical(as.array(x@r[2:NA]), a[2:3, ])
    expect_identical(as.array(x@r[1:-1]), a)
    expect_identical(as.array(x@r[1:-2]), a[1:2, ])
    expect_identical(as.array(x@r[, 1:4:2]), a[, c(1, 3)])
    expect_identical(as.array(x@r[NA:NA:2]), a[c(1, 3), ])
    expect_identical(as.array(x@r[c(1, 3), c(4, 1)]), a[c(1, 3), c(4, 1)])
    expect_identical(as.array(x@r[c(TRUE, FALSE, TRUE), 1]), array(a[c(1, 3), 1]))
    # row order
    expect_identical(as.vector(x@r[a > 5]), t(a)[t(a) > 5])
    expect_identical(as.vector(x@r[x > 5]), t(a)[t(a) > 5])
    expect_identical(as.vector(x@r[rbind(c(1, 1), c(3, -1))]), c(a[1, 1], a[3, 4]))
    # what the implementation documented there gets wrong
    expect_identical(as.array(x@r[3:1]), a[3:1, ])
    expect_identical(as.array(x@r[-1:-2]), a[3:2, ])
    expect_identical(as.array(x@r[c(3, 1, 1)]), a[c(3, 1, 1), ])
    expect_identical(as.array(x@r[, c(2, 4, 1)]), a[, c(2, 4, 1)])
  }
})

for_each_backend("x@r[...] <- value broadcasts, in place for a variable", function(backend) {
  a <- array(0, c(3, 4))
  v <- keras_variable(a, dtype = "float32")
  id <- reticulate::py_id(v)
  v@r[1, ] <- 99
  a[1, ] <- 99
  v@r[, -1] <- c(1, 2, 3)
  a[, 4] <- c(1, 2, 3)
  v@r[2:3, 1:2] <- c(5, 6)
  a[2:3, 1:2] <- rbind(c(5, 6), c(5, 6))
  v@r[c(3, 1), 3] <- c(7, 8)
  a[c(3, 1), 3] <- c(7, 8)
  v@r[a == 0] <- -1
  a[a == 0] <- -1
  expect_identical(as.array(v), a)
  expect_identical(reticulate::py_id(v), id)
})

for_each_backend("assigning through a tensor's accessor changes that name alone", function(backend) {
  v <- keras_variable(array(0, c(2, 2)), dtype = "float32")
  value <- other <- v$value
  value@r[1, ] <- 99
  expect_identical(as.array(value), array(c(99, 0, 99, 0), c(2, 2)))
  expect_identical(as.array(other), array(0, c(2, 2)))
  expect_identical(as.array(v), array(0, c(2, 2)))
  expect_s3_class(value, "kerasvar_tensor")
})

for_each_backend("out of range, zero, NA and masks that do not fit are errors", function(backend) {
  v <- keras_variable(array(1:6, c(2, 3)))
  for (bad in expression(
    v@r[3], v@r[-3], v@r[0], v@r[NA], v@r[c(1, NA)], v@r[c(0, 1)], v@r[1:3],
    v@r[, c(1, 4)], v@r[c(TRUE, FALSE, TRUE)], v@r[matrix(TRUE, 3, 2)],
    v@r[1, 1, 1], v@r[.., ..], v@r[1:2:0], v@r[1:2:-1], v@r["a"]
  )) {
    expect_error(eval(bad), class = "kerasvar_error", label = deparse(bad))
  }
  expect_error(v@r[3] <- 0L, class = "kerasvar_IndexError")
  expect_error(v@r[1] <- 1:2, class = "kerasvar_ValueError")
  expect_identical(as.array(v), array(1:6, c(2, 3)))
})

test_that("its errors", {
  skip_without_core()
  v <- keras_variable(array(1:6, c(2, 3)), backend = "numpy")
  expect_snapshot_errors({
    v@r[3]
    v@r[, 0]
    v@r[c(1, NA)]
    v@r[c(TRUE, FALSE, TRUE)]
    v@r["a":2]
    v@r[1, ] <- 1:2
    v@r <- 1
    v@s
    v@s[1] <- 1
  })
})

test_that("`:` is a slice where it is written, wherever its ends come from", {
  skip_without_core()
  a <- array(1:6, c(2, 3))
  v <- keras_variable(a, backend = "numpy")
  end <- 3
  inner <- function(x, ...) x@r[...]
  outer <- function(x) {
    end <- 2
    inner(x, .., 1:end)
  }
  expect_identical(as.array(outer(v)), a[, 1:2])
  expect_identical(as.array(inner(v, , NA:end)), a)
  # computed elsewhere it is a vector: its elements are positions
  i <- 1:2
  expect_identical(as.array(v@r[, i]), a[, 1:2])
  i <- 2:2
  expect_identical(as.array(v@r[, i]), array(a[, 2]))
  expect_identical(as.array(v@r[, (2:2)]), array(a[, 2]))
  expect_identical(as.array(v@r[, array(2)]), a[, 2, drop = FALSE])
  # ends may be tensors
  expect_identical(as.array(v@r[, 1:keras_variable(2L, backend = "numpy")]), a[, 1:2])
})

test_that("arguments that were left out further up are missing subscripts", {
  skip_without_core()
  a <- array(1:6, c(2, 3))
  v <- keras_variable(a, backend = "numpy")
  f <- function(x, i, j) x@r[i, j]
  expect_identical(as.array(f(v, , 2)), array(a[, 2]))
  expect_identical(as.array(f(v, 2)), array(a[2, ]))
})

test_that("`@` does for other objects what it always did", {
  P <- methods::setClass("P", representation(r = "numeric"), where = environment())
  p <- P(r = 1)
  expect_identical(p@r, 1)
  p@r <- 5
  p@r[2] <- 6
  expect_identical(p@r, c(5, 6))
  expect_identical(p@"r", c(5, 6))
  expect_error(p@q)
  expect_error(p@r <- "a")
  expect_error((1:3)@q)
  number <- methods::setClass("N", contains = "numeric", where = environment())
  expect_identical(number(1:2 + 0)@.Data, c(1, 2))
})

test_that("the accessor and the marks print", {
  skip_without_core()
  v <- keras_variable(array(1:6, c(2, 3)), backend = "numpy")
  expect_snapshot({
    v@r
    v$value@r
    ..
    newaxis
  })
})

test_that("`@` is ours, S7's and R's own, whichever package was attached first", {
  skip_if(getRversion() >= "4.3.0", "From R 4.3 on, `@` finds S3 methods, and S7 exports none of its own")
  skip_without_core()
  # A package that does what S7 does to `@` before R 4.3, installed for this test.
  folder <- withr::local_tempdir()
  package <- file.path(withr::local_tempdir(), "S7")
  dir.create(file.path(package, "R"), recursive = TRUE)
  writeLines(c("Package: S7", "Version: 0.0.1", "Title: A Stand-In", "License: none"), file.path(package, "DESCRIPTION"))
  writeLines('export("@")', file.path(package, "NAMESPACE"))
  writeLines(
    c(
      "`@` <- function(object, name) {",
      "  if (inherits(object, 'S7_object')) {",
      "    return(attr(object, as.character(substitute(name)), exact = TRUE))",
      "  }",
      "  do.call(base::`@`, list(object, substitute(name)))",
      "}"
    ),
    file.path(package, "R", "at.R")
  )
  installed <- system2(
    file.path(R.home("bin"), "R"),
    c("CMD", "INSTALL", "--no-docs", "--no-test-load", shQuote(paste0("--library=", folder)), shQuote(package)),
    stdout = FALSE, stderr = FALSE
  )
  expect_identical(installed, 0L)
  use <- c(
    "v <- keras_variable(array(1:4 / 1, c(2, 2)), backend = 'numpy')",
    "cat('ours', as.numeric(v@r[1]), '\\n')",
    "o <- structure(list(), class = 'S7_object', width = 5)",
    "cat('S7', o@width, '\\n')",
    "setClass('P', representation(x = 'numeric'))",
    "cat('slot', new('P', x = 7)@x, '\\n')",
    "cat(conditionMessage(tryCatch(1@x, error = identity)), '\\n')"
  )
  said <- c("ours 1 3 ", "S7 5 ", "slot 7 ")
  s7 <- sprintf("suppressMessages(library(S7, lib.loc = %s))", deparse(folder))
  ours <- sprintf(".libPaths(c(%s, .libPaths())); suppressMessages(library(kerasvar))", deparse(.libPaths()[1]))
  for (start in list(c(ours, s7), c(s7, ours), c(ours, s7, "detach('package:S7')", s7))) {
    output <- fresh_session(c(start, use))
    expect_identical(intersect(output, said), said, info = paste(output, collapse = "\n"))
    expect_match(output, "no slots", fixed = TRUE, all = FALSE)
  }
  # Nothing stays behind.
  output <- fresh_session(c(
    ours, s7, "detach('package:kerasvar')",
    "cat('kerasvar:accessor' %in% search(), length(getHook(packageEvent('S7', 'attach'))))"
  ))
  expect_identical(output, "FALSE 0")
})
