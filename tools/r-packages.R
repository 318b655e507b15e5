# Rscript tools/r-packages.R missing FIELDS DESCRIPTION
#   prints the packages those fields name that are not installed in the version
#   asked for, one a line.
# Rscript tools/r-packages.R reach
#   fails if CRAN cannot be reached.
# Rscript tools/r-packages.R cran LIBRARY PACKAGE...
#   installs packages from CRAN.

wanted <- function(fields, file) {
  text <- read.dcf(file, fields = strsplit(fields, ",")[[1]])
  items <- trimws(unlist(strsplit(text[!is.na(text)], ",")))
  items <- items[nzchar(items)]
  version <- ifelse(
    grepl(">=", items),
    sub(".*>= *([^)]+)\\).*", "\\1", items),
    "0"
  )
  data.frame(package = sub("[ (\n].*", "", items), version = version)
}

is_missing <- function(package, version) {
  found <- suppressWarnings(
    tryCatch(utils::packageVersion(package), error = function(e) NULL)
  )
  is.null(found) || found < version
}

missing_packages <- function(fields, file) {
  packages <- wanted(fields, file)
  packages <- packages[packages$package != "R", ]
  unique(packages$package[mapply(is_missing, packages$package, packages$version)])
}

# The mirror this R is set up for; where it is set up for none, the first of the
# list that comes with R.
cran <- function() {
  repository <- getOption("repos")["CRAN"]
  if (is.na(repository) || repository == "@CRAN@") {
    mirrors <- file.path(R.home("doc"), "CRAN_mirrors.csv")
    repository <- utils::read.csv(mirrors, nrows = 1)$URL
  }
  unname(repository)
}

cran_can_be_reached <- function() {
  options(timeout = 10)
  known <- suppressWarnings(
    tryCatch(available.packages(repos = cran()), error = function(e) NULL)
  )
  isTRUE(nrow(known) > 0)
}

install_from_cran <- function(library, packages) {
  options(timeout = 600)
  utils::install.packages(
    packages,
    lib = library,
    repos = cran(),
    Ncpus = 2,
    INSTALL_opts = "--no-docs"
  )
}

arguments <- commandArgs(trailingOnly = TRUE)
switch(
  arguments[1],
  missing = writeLines(missing_packages(arguments[2], arguments[3])),
  reach = quit(status = if (cran_can_be_reached()) 0 else 1),
  cran = install_from_cran(arguments[2], arguments[-(1:2)]),
  stop("Unknown command: ", arguments[1])
)
