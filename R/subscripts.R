# Subscripts and values on their way into Python: what of an R vector reticulate
# would turn into something else (a list, a number without its NA) is given a
# form that arrives as it is. What the subscripts mean is decided in Python
# (kerasvar/subscript), so that one call does it all.

# The arguments of `[` as a list for Python, NULL for a missing one. Written out
# for the usual ranks: missing() knows only literal names, and going through
# eval() for each costs more than the rest.
gather_subscripts <- function(..., .call = caller_env()) {
  n <- ...length()
  out <- vector("list", n)
  if (n >= 1L && !missing(..1)) out[[1L]] <- encode_subscript(..1, .call)
  if (n >= 2L && !missing(..2)) out[[2L]] <- encode_subscript(..2, .call)
  if (n >= 3L && !missing(..3)) out[[3L]] <- encode_subscript(..3, .call)
  if (n >= 4L && !missing(..4)) out[[4L]] <- encode_subscript(..4, .call)
  if (n >= 5L) {
    for (i in 5:n) {
      if (!is_missing_dot(i, ...)) {
        out[[i]] <- encode_subscript(...elt(i), .call)
      }
    }
  }
  out
}

# missing(..i): it takes the name itself, and nothing that gives one.
is_missing_dot <- function(i, ...) {
  if (i <= 4L) {
    switch(i, missing(..1), missing(..2), missing(..3), missing(..4))
  } else {
    eval(call("missing", as.symbol(paste0("..", i))))
  }
}

# A vector of length one without dimensions crosses as a Python scalar, all else
# as an array; a logical with NA as list(NULL, codes), since logical NA has no
# form of its own in Python. Never NULL, which would mean a missing subscript.
encode_subscript <- function(x, call) {
  if (is.object(x)) {
    return(encode_subscript_object(x, call))
  }
  switch(
    typeof(x),
    double = ,
    integer = if (length(x) == 1L && is.null(attributes(x))) x else bare_array(x),
    logical = if (anyNA(x)) {
      list(NULL, bare_array(x, "integer"))
    } else if (length(x) == 1L && is.null(attributes(x))) {
      x
    } else {
      bare_array(x)
    },
    character = bare_array(x),
    `NULL` = bare_array(integer()),
    abort_subscript_type(x, call)
  )
}

# What base R does with a subscript that has a class: its numbers count, a
# factor's too. A variable or tensor goes as it is.
encode_subscript_object <- function(x, call) {
  if (inherits(x, "python.builtin.object")) {
    return(x)
  }
  if (inherits(x, "integer64")) {
    x <- as_double_exactly(x)
  } else if (is.list(x)) {
    abort_subscript_type(x, call)
  }
  encode_subscript(unclass(x), call)
}

# An array with no attribute but its dimensions.
bare_array <- function(x, mode = typeof(x)) {
  dim <- dim(x) %||% length(x)
  x <- as.vector(x, mode)
  dim(x) <- dim
  x
}

as_double_exactly <- function(x) {
  # Positions beyond 2^53 are beyond any axis.
  rlang::check_installed("bit64", "to use 64-bit integers as subscripts.")
  as.double(x)
}

abort_subscript_type <- function(x, call) {
  cli::cli_abort(
    c(
      "A subscript must be numeric, logical or character.",
      x = "You supplied {.obj_type_friendly {x}}."
    ),
    class = c("kerasvar_IndexError", "kerasvar_error"),
    call = shown_call(call)
  )
}

# The names of the axes, for character subscripts only: fetching them is a call
# of its own.
dimnames_for <- function(x, subscripts) {
  for (subscript in subscripts) {
    if (is.character(subscript)) return(encode_dimnames(dimnames(x)))
  }
}

encode_dimnames <- function(names) {
  if (!is.null(names)) {
    lapply(unname(names), function(x) if (!is.null(x)) as.list(as.character(x)))
  }
}
