# For what can only be seen in an R session of its own.

# Another session loads the installed package, not the one that pkgload made up
# for this session.
skip_unless_installed <- function() {
  testthat::skip_if(
    exists(".__DEVTOOLS__", asNamespace("kerasvar")),
    "Another session needs the installed package"
  )
}

# Runs lines of code with Rscript; its output, a line an element.
fresh_session <- function(code) {
  skip_unless_installed()
  file <- withr::local_tempfile(lines = code, fileext = ".R")
  output <- suppressWarnings(
    system2(file.path(R.home("bin"), "Rscript"), shQuote(file), stdout = TRUE, stderr = TRUE)
  )
  testthat::expect_null(attr(output, "status"), info = paste(output, collapse = "\n"))
  output
}
