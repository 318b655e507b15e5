# Which R type becomes which dtype and what comes back: data, which the help page
# of as.array() shows and test-conversion-table.R runs.

# `example` is R code. `vector` and `array` are the dtypes it gets without and
# with `dim`, `back` the type that as.array() gives of it. NA: not that way.
conversion_table <- read.csv(
  text = '
r,                    example,                              vector,     array,     back
logical,              "c(TRUE, FALSE)",                     bool,       bool,      logical
integer,              "c(1L, -2L)",                         int32,      int32,     integer
double,               "c(1.5, -2)",                         float32,    float64,   double
complex,              "c(1+2i, -1i)",                       complex64,  complex128, complex
raw,                  "as.raw(c(1, 255))",                  uint8,      uint8,     integer
character,            "c(\'a\', \'b\')",                    string,     string,    character
integer64 (bit64),    "bit64::as.integer64(c(\'1\', \'9007199254740993\'))", int64, int64, integer64
data.frame of numbers, "data.frame(a = c(1, 2), b = 3:4)",  NA,         float64,   double
dense Matrix,         "Matrix::Matrix(c(1, 2, 3, 4), 2)",   NA,         float64,   double
sparse Matrix,        "Matrix::Diagonal(2)",                error,      error,     NA
factor,               "factor(c(\'a\', \'b\'))",            error,      error,     NA
Date,                 "as.Date(\'2020-01-01\')",            error,      error,     NA
POSIXct,              "as.POSIXct(0, origin = \'1970-01-01\')", error,  error,     NA
difftime,             "as.difftime(1, units = \'hours\')",  error,      error,     NA
list,                 "list(1, 2)",                         error,      error,     NA
NULL,                 "NULL",                               error,      error,     NA
',
  strip.white = TRUE,
  na.strings = "NA",
  stringsAsFactors = FALSE
)

# dtype -> what as.array() gives, whatever the variable was made from.
return_table <- read.csv(
  text = '
dtype,                                     back
"float64, float32, float16, bfloat16, float8", double
"int8, uint8, int16, uint16, int32",       "integer (double if the smallest int32 is there, which is R\'s NA)"
uint32,                                    double
"int64, uint64",                           "double up to 2^53, integer64 beyond, exactly"
bool,                                      logical
"complex64, complex128",                   complex
string,                                    character
',
  strip.white = TRUE,
  stringsAsFactors = FALSE
)

conversion_table_rd <- function() {
  shown <- conversion_table[c("r", "vector", "array", "back")]
  shown[is.na(shown)] <- ""
  names(shown) <- c("From R", "without dim", "with dim", "as.array() gives")
  names(return_table) <- c("dtype", "as.array() gives")
  paste0(
    tabular_rd(shown),
    "\n\nWithout `dim`, doubles and complex numbers follow floatx. Back again:\n\n",
    tabular_rd(return_table)
  )
}

tabular_rd <- function(data) {
  rows <- rbind(paste0("\\strong{", names(data), "}"), as.matrix(data))
  lines <- apply(rows, 1, paste, collapse = " \\tab ")
  paste0(
    "\\tabular{", strrep("l", ncol(data)), "}{\n",
    paste0("  ", lines, collapse = " \\cr\n"),
    "\n}"
  )
}
