test_that("what was left out is counted, in the singular where it is one", {
  withr::local_options(cli.unicode = FALSE)
  shown <- list(values = 1)
  expect_identical(
    as.character(format_footer(shown, list(row = 3980, column = 1, matrix = 0))),
    "# ... 3,980 more rows, 1 more column"
  )
  expect_identical(
    as.character(format_footer(shown, list(row = 0, column = 0, matrix = 2))),
    "# ... 2 more matrices"
  )
  expect_null(format_footer(shown, list(element = 0)))
  expect_null(format_footer(shown, list()))
})

test_that("where there are no values, it says why", {
  expect_identical(
    as.character(format_footer(list(values = NULL, problem = "TracerError: no"), list())),
    "# no value: TracerError: no"
  )
})
