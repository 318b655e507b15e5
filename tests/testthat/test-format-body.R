test_that("columns are taken from both ends, the first first, while they fit", {
  column <- function(width) list(text = "", width = width)
  cells <- list(lapply(c(4, 4, 4, 4, 4), column))
  fit <- function(width, count = 5) columns_that_fit(cells, 1:5, count, 4, width)
  withr::local_options(cli.unicode = FALSE)
  expect_identical(fit(29), 1:5)
  expect_identical(fit(28), c(1L, 2L, 4L, 5L))
  expect_identical(fit(27), c(1L, 2L, 5L))
  expect_identical(fit(18), c(1L, 5L))
  # One column at least, however narrow.
  expect_identical(fit(1), 1L)
  # Of more columns than were fetched, not all are there to show.
  expect_identical(fit(33, count = 100), c(1L, 2L, 3L, 4L, 5L))
})

test_that("padding counts the width of characters", {
  expect_identical(pad(c("a", "\u4e2d"), 3), c("  a", " \u4e2d"))
  expect_identical(pad("ab", 4, left = TRUE), "ab  ")
  expect_identical(pad("abc", 2), "abc")
})

test_that("dimnames take the place of numbers, as base R has it", {
  skip_without_core()
  named <- list(
    array(1:4, c(2, 2), list(c("a", "row"), c("x", "column"))),
    array(1:4, c(2, 2), list(NULL, c("x", "column"))),
    array(1:8 / 3, c(2, 2, 2), list(c("a", "row"), NULL, c("first", "second"))),
    array(1:3 / 7, 3, list(c("a", "long name", "c"))),
    array(1:40, 40, list(paste("name", 1:40)))
  )
  for (value in named) {
    v <- new_variable(value, backend = "numpy")
    dimnames(v) <- dimnames(value)
    printed <- utils::capture.output(print(value))
    if (length(dim(value)) > 2) {
      printed <- printed[-length(printed)]
    }
    expect_identical(format(v)[-1], printed)
  }
})

test_that("dimnames stay with their rows where some are left out", {
  skip_without_core()
  v <- new_variable(array(1:200, c(100, 2)), backend = "numpy")
  dimnames(v) <- list(paste0("r", 1:100), c("a", "b"))
  withr::local_options(cli.unicode = FALSE)
  expect_identical(
    format(v, n = 2)[-1],
    c("       a   b", "r1     1 101", " ...", "r100 100 200", "# ... 98 more rows")
  )
})
