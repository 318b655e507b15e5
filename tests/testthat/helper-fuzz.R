# A randomised comparison of subscripts with base R. A case is data (dimensions,
# dtype, subscripts, what is done with them), so that it can be shrunk and shown
# as lines to paste. Used by test-fuzz.R and, with many more cases, by
# tools/fuzz.R.

# ---- cases ---------------------------------------------------------------------

fuzz_shapes <- function(few) {
  if (few) {
    # A framework that compiles for every shape would do little else.
    return(list(5L, c(3L, 4L), c(2L, 0L), c(1L, 3L), c(2L, 3L, 2L), c(2L, 1L, 3L, 2L)))
  }
  NULL
}

pick <- function(x, size = 1L, ...) x[sample.int(length(x), size, ...)]

fuzz_case <- function(few_shapes = FALSE) {
  pool <- fuzz_shapes(few_shapes)
  dim <- if (is.null(pool)) {
    rank <- sample.int(4L, 1L, prob = c(3, 4, 3, 2))
    sample(0:4, rank, replace = TRUE, prob = c(0.3, 2, 3, 3, 2))
  } else {
    pick(pool)[[1L]]
  }
  kinds <- c("read", "read", "read", "write", "write", "write", "read2", "write2")
  kind <- if (prod(dim) == 0) pick(kinds[1:6]) else pick(kinds)
  dimnames <- if (!few_shapes && runif(1) < 0.1) {
    lapply(dim, function(n) if (runif(1) < 0.7) sample(letters[1:4], n, replace = TRUE))
  }
  rank <- length(dim)
  count <- if (runif(1) < 0.02) rank + 1L else if (runif(1) < 0.4) 1L else rank
  subs <- if (count == 1L) {
    list(fuzz_vector_subscript(dim, dimnames))
  } else {
    lapply(seq_len(count), function(i) {
      fuzz_axis_subscript(dim[min(i, rank)], dimnames[[min(i, rank)]])
    })
  }
  if (kind %in% c("read2", "write2")) {
    # Mostly something that can be one element.
    subs <- lapply(seq_along(subs), function(i) {
      n <- if (count == 1L) prod(dim) else dim[min(i, rank)]
      if (runif(1) < 0.96) fuzz_single(n) else subs[[i]]
    })
  }
  if (kind %in% c("read2", "write2") && count > 1L) {
    # On an axis of two positions R takes -1 as "the other one", but not always:
    # reading a matrix is an error, writing to it and reading an array are not.
    subs <- lapply(subs, function(s) if (is.numeric(s)) abs(s) else s)
  }
  list(
    dim = as.integer(dim),
    dimnames = dimnames,
    dtype = pick(c("float64", "float64", "int32", "bool")),
    target = pick(c("variable", "variable", "tensor")),
    kind = kind,
    subs = subs,
    drop = if (kind == "read" && runif(1) < 0.25) FALSE,
    value = NULL
  )
}

fuzz_single <- function(n) {
  if (runif(1) < 0.03) {
    return(pick(list(0L, NA, NA_real_, -1, n + 1L, TRUE, c(1, 2), NULL, integer()))[[1L]])
  }
  n <- max(n, 1)
  i <- sample.int(n, 1L)
  pick(list(i, as.double(i), i + 0.7))[[1L]]
}

# One subscript for an axis (or a whole array) of n positions. The symbol
# `missing_one` stands for one left out, since the empty symbol cannot be passed on.
fuzz_axis_subscript <- function(n, names = NULL) {
  inside <- function(k) if (n > 0L) sample.int(n, k, replace = TRUE) else integer()
  k <- sample(0:5, 1L, prob = c(1, 4, 3, 3, 2, 1))
  if (!is.null(names) && n > 0L && runif(1) < 0.6) {
    return(pick(names, k, replace = TRUE))
  }
  switch(
    sample.int(15L, 1L, prob = c(5, 5, 4, 3, 3, 4, 3, 3, 0.7, 0.5, 0.4, 0.3, 0.7, 0.7, 1)),
    quote(missing_one),
    inside(1L),
    inside(k),
    as.double(inside(k)) + pick(c(0, 0.4), k, replace = TRUE),
    -inside(k),
    if (n > 0L) {
      ends <- inside(2L)
      ends[1L]:ends[2L]
    } else {
      integer()
    },
    pick(c(TRUE, FALSE), sample(c(0L, 1L, n, n, max(n %/% 2L, 1L)), 1L), replace = TRUE),
    c(inside(k), 0L)[sample.int(length(inside(k)) + 1L)],
    c(inside(k), NA),
    pick(c(TRUE, FALSE, NA), sample(c(1L, n), 1L), replace = TRUE),
    pick(list(n + 1L, n + 2, -(n + 1L), c(1L, n + 1L), c(-1L, 1L), c(-1L, NA)))[[1L]],
    pick(c(TRUE, FALSE), n + 1L, replace = TRUE),
    NULL,
    if (n > 0L) factor(letters[inside(k)]) else factor(),
    -as.double(inside(k)) - 0.4
  )
}

fuzz_vector_subscript <- function(dim, dimnames) {
  total <- prod(dim)
  rank <- length(dim)
  switch(
    sample.int(5L, 1L, prob = c(6, 2, 2, 1, 1)),
    fuzz_axis_subscript(total, if (rank == 1L) dimnames[[1L]]),
    # a mask
    array(pick(c(TRUE, FALSE), total, replace = TRUE), dim),
    # coordinates
    {
      k <- sample(0:4, 1L)
      cells <- vapply(dim, function(n) {
        if (n > 0L) sample.int(n, k, replace = TRUE) else rep(0L, k)
      }, integer(k))
      cells <- matrix(cells, k, rank)
      if (k && runif(1) < 0.3) {
        cells[sample.int(length(cells), 1L)] <- pick(c(0L, NA, -1L, 5L))
      }
      if (runif(1) < 0.3) cells + 0.4 else cells
    },
    # a matrix that is neither
    matrix(if (total > 0) sample.int(total, 2L * (rank + 1L), replace = TRUE) else integer(), ncol = rank + 1L),
    # as many names as axes
    if (!is.null(dimnames) && !any(vapply(dimnames, is.null, NA)) && total > 0) {
      matrix(vapply(dimnames, function(x) pick(x, 2L, replace = TRUE), character(2L)), 2L)
    } else {
      integer()
    }
  )
}

# A value whose length fits, divides or does not fit what is selected.
fuzz_value <- function(case, selected) {
  n <- max(selected, 0)
  divisors <- if (n > 0) which(n %% seq_len(min(n, 12)) == 0) else 1L
  size <- if (case$kind == "write2") {
    sample(c(1L, 0L, 2L), 1L, prob = c(16, 1, 1))
  } else {
    sample(c(1L, n, pick(divisors), n + 1L, 0L), 1L, prob = c(4, 4, 3, 0.2, 0.2))
  }
  if (prod(case$dim) == 0) {
    # R does not look at the subscripts where nothing is put into nothing.
    size <- max(size, 1L)
  }
  value <- switch(
    case$dtype,
    float64 = round(runif(size, -50, 50)) / 2,
    int32 = sample.int(100L, size, replace = TRUE),
    bool = pick(c(TRUE, FALSE), size, replace = TRUE)
  )
  if (case$dtype == "int32" && runif(1) < 0.3) value <- as.double(value)
  if (size > 1L && size %% 2L == 0L && runif(1) < 0.2) value <- matrix(value, 2L)
  value
}

fuzz_array <- function(case) {
  n <- prod(case$dim)
  x <- switch(
    case$dtype,
    float64 = as.double(seq_len(n)) + 0.5,
    int32 = seq_len(n),
    bool = rep_len(c(TRUE, FALSE, FALSE), n)
  )
  array(x, case$dim, case$dimnames)
}

# ---- what base R does ----------------------------------------------------------

fuzz_call <- function(case) {
  head <- switch(
    case$kind,
    read = "[",
    write = "[<-",
    read2 = "[[",
    write2 = "[[<-"
  )
  as.call(c(
    list(as.name(head), quote(x)),
    lapply(case$subs, as_argument),
    if (!is.null(case$drop)) list(drop = case$drop),
    if (startsWith(case$kind, "write")) list(value = case$value)
  ))
}

# A vector stands in a call as it is.
as_argument <- function(x) if (is.symbol(x)) quote(expr = ) else x

failure <- structure(list(), class = "fuzz_failure")
is_failure <- function(x) inherits(x, "fuzz_failure")

# What ours should do: base R's result, or a failure where base R fails, warns,
# looks outside the array or makes it grow.
expected_of <- function(case) {
  x <- fuzz_array(case)
  call <- fuzz_call(case)
  result <- tryCatch(
    eval(call, list(x = x)),
    error = function(cnd) failure,
    warning = function(cnd) failure
  )
  if (is_failure(result)) {
    return(failure)
  }
  if (startsWith(case$kind, "write")) {
    # R forgets `dim` where no name is selected by character(); it has not grown.
    return(if (length(result) == length(x)) array(result, dim(x)) else failure)
  }
  if (looks_outside(case)) {
    return(failure)
  }
  if (anyNA(result) && case$dtype != "float64") {
    return(failure)
  }
  result
}

# Base R answers NA to a position beyond a vector. With the NA subscripts taken
# out, that is the only NA left.
looks_outside <- function(case) {
  if (length(case$subs) != 1L || is.symbol(case$subs[[1L]])) {
    return(FALSE)
  }
  sub <- case$subs[[1L]]
  total <- prod(case$dim)
  if (is.logical(sub)) {
    beyond <- sub[seq_along(sub) > total]
    return(anyNA(beyond) || any(beyond))
  }
  if (is.matrix(sub) && ncol(sub) == length(case$dim)) {
    return(FALSE) # base R refuses these itself
  }
  if (is.character(sub)) {
    return(anyNA(match(sub, case$dimnames[[1L]])))
  }
  any(unclass(sub) >= total + 1, na.rm = TRUE)
}

# ---- what ours does ------------------------------------------------------------

# `make` makes a variable of an array, so that setting it up is paid for once.
actual_of <- function(case, backend) {
  x <- fuzz_array(case)
  v <- keras_variable(unname_array(x), dtype = case$dtype, backend = backend)
  if (!is.null(case$dimnames)) dimnames(v) <- case$dimnames
  object <- if (case$target == "tensor" && is.null(case$dimnames)) v$value else v
  result <- tryCatch(
    eval(fuzz_call(case), list(x = object)),
    kerasvar_error = function(cnd) failure
  )
  # Of what was not to change nothing has.
  untouched <- is_failure(result) || is_tensor(object) || startsWith(case$kind, "read")
  if (untouched && !same_values(as.array(v), x)) {
    return("changed what it must not")
  }
  result
}

unname_array <- function(x) {
  dimnames(x) <- NULL
  x
}

agrees <- function(expected, actual) {
  if (is_failure(expected) || is_failure(actual)) {
    return(is_failure(expected) && is_failure(actual))
  }
  is.environment(actual) &&
    identical(as.integer(dim(actual)), as.integer(dim(expected))) &&
    same_values(as.array(actual), expected)
}

same_values <- function(a, b) {
  a <- as.double(a)
  b <- as.double(b)
  length(a) == length(b) && all(is.na(a) == is.na(b)) && all(a == b, na.rm = TRUE)
}

fuzz_fails <- function(case, backend) {
  !agrees(expected_of(case), tryCatch(
    actual_of(case, backend),
    error = function(cnd) conditionMessage(cnd)
  ))
}

# ---- running, shrinking, showing -----------------------------------------------

# Runs n cases and stops at the first that fails: returns NULL, or the case as
# lines to paste into R.
#
# A third of the time of a case that fails as it should goes into the backtrace
# of the error, hence the small shares of those above.
run_fuzz <- function(n, backend, seed = 1L, few_shapes = FALSE, tell = NULL,
                     fails = fuzz_fails) {
  set.seed(seed)
  for (i in seq_len(n)) {
    case <- fuzz_case(few_shapes)
    if (startsWith(case$kind, "write")) {
      case$value <- fuzz_value(case, selected_by(case))
    }
    if (fails(case, backend)) {
      return(show_case(shrink_case(case, backend, fails), backend))
    }
    if (!is.null(tell) && i %% tell == 0L) {
      message(i, " cases on ", backend)
    }
  }
  NULL
}

selected_by <- function(case) {
  case$kind <- "read"
  case$drop <- NULL
  tryCatch(
    length(eval(fuzz_call(case), list(x = fuzz_array(case)))),
    error = function(cnd) 1L,
    warning = function(cnd) 1L
  )
}

# The smallest case that still fails, one step at a time.
shrink_case <- function(case, backend, fails) {
  repeat {
    smaller <- Find(function(other) fails(other, backend), simpler_cases(case))
    if (is.null(smaller)) {
      return(case)
    }
    case <- smaller
  }
}

simpler_cases <- function(case) {
  change <- function(...) utils::modifyList(case, list(...))
  out <- list()
  if (case$target == "tensor") out <- c(out, list(change(target = "variable")))
  if (case$dtype != "float64") out <- c(out, list(change(dtype = "float64")))
  if (!is.null(case$dimnames)) {
    simpler <- case
    simpler["dimnames"] <- list(NULL)
    out <- c(out, list(simpler))
  }
  for (i in seq_along(case$dim)) {
    if (case$dim[i] > 1L) {
      simpler <- case
      simpler$dim[i] <- simpler$dim[i] - 1L
      if (is.null(simpler$dimnames)) out <- c(out, list(simpler))
    }
  }
  if (length(case$value) > 1L) out <- c(out, list(change(value = case$value[1L])))
  for (i in seq_along(case$subs)) {
    sub <- case$subs[[i]]
    if (is.symbol(sub)) next
    options <- list(quote(missing_one), 1L)
    if (is.null(dim(sub))) {
      options <- c(options, lapply(seq_along(sub), function(j) sub[-j]))
    } else if (length(dim(sub)) == 2L) {
      options <- c(options, lapply(seq_len(nrow(sub)), function(j) sub[-j, , drop = FALSE]))
    }
    for (option in options) {
      if (is_simpler(option, sub)) {
        simpler <- case
        simpler$subs[i] <- list(option)
        out <- c(out, list(simpler))
      }
    }
  }
  out
}

is_simpler <- function(option, sub) {
  size <- function(x) if (is.symbol(x)) 0 else length(x) + 0.5 * !identical(x, 1L)
  size(option) < size(sub)
}

show_case <- function(case, backend) {
  text <- function(x) paste(deparse(x, width.cutoff = 500L), collapse = "")
  call <- fuzz_call(case)
  subs <- paste(
    vapply(case$subs, function(s) if (is.symbol(s)) "" else text(s), ""),
    collapse = ", "
  )
  if (!is.null(case$drop)) subs <- paste0(subs, ", drop = FALSE")
  brackets <- if (endsWith(case$kind, "2")) c("[[", "]]") else c("[", "]")
  access <- function(x) {
    line <- paste0(x, brackets[1L], subs, brackets[2L])
    if (startsWith(case$kind, "write")) {
      line <- paste0(line, " <- ", text(case$value), "; ", x)
    }
    line
  }
  x <- fuzz_array(case)
  made <- sprintf("keras_variable(unname(x), dtype = \"%s\", backend = \"%s\")", case$dtype, backend)
  if (case$target == "tensor" && is.null(case$dimnames)) made <- paste0(made, "$value")
  paste0(
    "x <- ", text(x), "; v <- ", made, "; ",
    if (!is.null(case$dimnames)) "dimnames(v) <- dimnames(x); ",
    access("x"), "; ", access("v")
  )
}
