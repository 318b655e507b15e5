# A snapshot of what errors say: each expression of `block` is evaluated where the
# test is, and its error's class and message are kept. expect_snapshot(error = TRUE)
# will not do: its layout differs between the versions of testthat in use.
expect_snapshot_errors <- function(block) {
  block <- substitute(block)
  env <- parent.frame()
  calls <- if (is.call(block) && identical(block[[1]], quote(`{`))) as.list(block)[-1] else list(block)
  lines <- unlist(lapply(calls, function(call) {
    error <- tryCatch(
      {
        eval(call, env)
        NULL
      },
      error = identity
    )
    said <- if (is.null(error)) "no error" else c(
      paste0("Error <", class(error)[[1]], ">"),
      strsplit(conditionMessage(error), "\n")[[1]]
    )
    c(paste(">", deparse(call)), said, "")
  }))
  testthat::expect_snapshot(writeLines(lines))
}
