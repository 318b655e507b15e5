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

test_that("dimnames take the place of numbers", {
  shown <- list(
    kind = "tensor",
    dtype = "int32",
    shape = c(2L, 2L),
    rows = 1:2,
    columns = 1:2,
    slices = list(integer()),
    values = c("1", "2", "3", "4"),
    dimnames = list(c("a", "row"), c("x", "column"))
  )
  expected <- utils::capture.output(
    print(matrix(1:4, 2, dimnames = list(c("a", "row"), c("x", "column"))))
  )
  expect_identical(as.character(format_body(shown, 20, 80)$lines), expected)
})
