# The page of differences from base R: each row is run, on an R array and on a
# variable, and must give what the page says of each.

page <- function() {
  path <- test_path("..", "..", "docs", "differences-from-base-r.md")
  skip_if_not(file.exists(path), "the docs are not beside the tests")
  lines <- grep("^\\| .* `", readLines(path, encoding = "UTF-8"), value = TRUE)
  cells <- regmatches(lines, regexec("^\\| (.*) \\| `(.*)` \\| (.*) \\| (.*) \\|$", lines))
  as.data.frame(do.call(rbind, cells), stringsAsFactors = FALSE)[-1]
}

shown <- function(code, make) {
  env <- new.env(parent = globalenv())
  env$make <- make
  env$x <- make(array(c(1, 2, 3, 4, 5, 6), c(2, 3)))
  warned <- FALSE
  tryCatch(
    {
      value <- withCallingHandlers(
        eval(parse(text = code), env),
        warning = function(w) {
          warned <<- TRUE
          invokeRestart("muffleWarning")
        }
      )
      if (inherits(value, "kerasvar.Array")) value <- as.vector(as.array(value))
      paste0("`", paste(deparse(value), collapse = " "), "`", if (warned) ", with a warning")
    },
    error = function(cnd) "an error"
  )
}

test_that("base R gives what the page says", {
  rows <- page()
  expect_gt(nrow(rows), 40)
  for (i in seq_len(nrow(rows))) {
    expect_identical(shown(rows[i, 2], identity), rows[i, 3], info = rows[i, 1])
  }
})

for_each_backend("a variable gives what the page says", function(backend) {
  rows <- page()
  make <- function(x) keras_variable(x, backend = backend)
  for (i in seq_len(nrow(rows))) {
    got <- shown(rows[i, 2], make)
    # R 4.2 does not and R 4.6 does.
    if (grepl("newer R does ask", rows[i, 1]) && got == rows[i, 3]) {
      next
    }
    expect_identical(got, rows[i, 4], info = paste(rows[i, 1], backend))
  }
})
