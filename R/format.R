# How a variable or tensor becomes lines of text. The stages: excerpt() fetches
# what will be shown, in one call; format-header.R, format-body.R and
# format-footer.R each make their lines from it; print.R writes them. Nothing
# here looks at the object again after excerpt().

#' Print variables and tensors
#'
#' A variable prints as R prints an array, below a line with its path, dtype,
#' shape and backend, and the flags that are not the default. Of a large one the
#' corners are shown, and only they leave the device.
#'
#' @param x,object A variable, or a tensor as its value.
#' @param ... For methods; not used.
#' @param n How many rows to show: of a matrix its rows, of an array with more
#'   axes the rows of all of its matrices together, of a vector the lines.
#'   `Inf` for all. The default is the option `kerasvar.n`, else 20.
#' @param width How many characters fit on a line; columns that do not fit are
#'   left out. `Inf` for all columns. The default is the option `width`.
#' @param digits How many significant digits to show at least, as in
#'   [base::print.default()]; the default is the option `digits`.
#' @return `format()` returns the lines, a character vector. `print()` writes
#'   them and returns `x` invisibly, as does `str()`.
#' @name print.kerasvar.Array
#' @examplesIf kerasvar:::core_available()
#' v <- keras_variable(array(rnorm(6), c(2, 3)), name = "w", trainable = FALSE)
#' v
#' str(v)
#'
#' large <- keras_variable(array(0, c(1000, 1000)))
#' print(large, n = 6, width = 40)
NULL

#' @rdname print.kerasvar.Array
#' @export
format.kerasvar.Array <- function(x, ..., n = NULL, width = NULL, digits = NULL) {
  format_lines(x, n, width, digits)
}

format_lines <- function(x, n, width, digits, call = caller_env()) {
  n <- check_bound(n, "n", getOption("kerasvar.n", 20), call)
  width <- check_bound(width, "width", getOption("width"), call)
  if (!is.null(digits)) {
    old <- options(digits = check_bound(digits, "digits", NULL, call, upto = 22))
    on.exit(options(old))
  }
  if (is_invalid_pointer(x)) {
    return(format_invalid_pointer(x))
  }
  shown <- excerpt(x, n, width)
  body <- format_body(shown, n, width)
  as.character(c(
    format_header(shown, width),
    body$lines,
    format_footer(shown, body$hidden)
  ))
}

# The facts about `x` and the elements at its corners, as R values; see
# display.py for the fields.
excerpt <- function(x, n, width) {
  # A column takes four characters and a blank at least, an element one and a
  # blank; more of them cannot fit.
  columns <- whole_or_null(width %/% 5 + 1)
  elements <- whole_or_null(ceiling(n / 2) * (width %/% 2))
  shown <- reticulate::py_to_r(
    call_py(py_fn("bridge.display.excerpt"), x, whole_or_null(n), columns, elements)
  )
  shown$shape <- as.integer(unlist(shown$shape))
  shown$shape[shown$shape < 0] <- NA
  shown$rows <- as.integer(unlist(shown$rows)) + 1L
  shown$columns <- as.integer(unlist(shown$columns)) + 1L
  shown$slices <- lapply(shown$slices, function(at) as.integer(unlist(at)) + 1L)
  if (!is.null(shown$values)) {
    shown$values <- r_values(shown$values, shown$dtype)
  }
  shown
}

whole_or_null <- function(x) {
  if (x < .Machine$integer.max) as.integer(max(x, 1))
}

# An empty Python list is an R list, a single element no vector of its type.
r_values <- function(values, dtype) {
  if (length(values) == 0) {
    return(switch(
      substr(dtype, 1, 3),
      str = character(),
      boo = logical(),
      com = complex(),
      int = ,
      uin = integer(),
      double()
    ))
  }
  as.vector(unlist(values))
}

check_bound <- function(x, argument, default, call, upto = Inf) {
  x <- x %||% default
  if (!is.numeric(x) || length(x) != 1 || is.na(x) || x < 1 || x > upto) {
    cli::cli_abort(
      c(
        if (upto == Inf) {
          "{.arg {argument}} must be a number of at least 1, or {.code Inf}."
        } else {
          "{.arg {argument}} must be a number from 1 to {upto}."
        },
        x = if (is.numeric(x)) {
          "You supplied {.val {x}}."
        } else {
          "You supplied {.obj_type_friendly {x}}."
        }
      ),
      class = c("kerasvar_ValueError", "kerasvar_error"),
      call = call
    )
  }
  x
}
