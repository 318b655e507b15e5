# Functions of variables made pure, and differentiated. The R closure is called
# from Python, so what it returns and what goes wrong in it are kept on this side.

#' Functions of a state
#'
#' `functionalize()` makes of `fn`, which reads and writes variables, a function
#' that takes their values and returns what they become, and leaves the variables
#' as they are.
#'
#' @param fn A function.
#' @param variables The variables that it uses: a variable or a list of some. One
#'   that it uses and that is not listed reads as it is, and what is written to it
#'   is lost.
#' @return `functionalize()`: a function `pure(state, ...)`. `state` is a named
#'   list, for each variable's path a tensor or array of its shape; `...` is what
#'   `fn` takes. It returns a list: `result`, what `fn` returned, and `state`, the
#'   values that the variables would have, a [tree][trees] with the same names.
#'
#'   `variable_state()`: such a state, of the variables' present values.
#' @seealso [with_stateless()], [value_and_gradient()]
#' @export
#' @examplesIf kerasvar:::core_available()
#' count <- keras_variable(c(0, 0), name = "count")
#' step <- functionalize(function(by) {
#'   count$assign_add(by)
#'   sum(count)
#' }, count)
#'
#' first <- step(variable_state(count), c(1, 2))
#' second <- step(first$state, c(10, 10))
#' second$result
#' second$state
#' count
functionalize <- function(fn, variables) {
  fn <- check_function(fn)
  variables <- as_variables(variables)
  function(state, ...) {
    call <- rlang::current_env()
    if (!is.list(state)) {
      abort_no_state(state, call)
    }
    kept <- NULL
    run <- function() {
      kept <<- list(fn(...))
      NULL
    }
    parts <- tree_parts(state, "state", call)
    new <- call_with_closure(run, function(run) {
      state <- call_py(
        py_fn("bridge.fitted_state"), variables, parts[[1]], parts[[2]], parts[[3]],
        .call = call
      )
      pure <- call_py(py_fn("transforms.functionalize"), run, variables, .call = call)
      call_py(pure, state, .call = call)
    })
    list(result = kept[[1]], state = tree_from_py(reticulate::py_get_item(new, 1L)))
  }
}

abort_no_state <- function(state, call) {
  cli::cli_abort(
    c(
      "{.arg state} must be a list with the variables' paths as names.",
      x = "You supplied {.obj_type_friendly {state}}.",
      i = "Such as {.fn variable_state} returns."
    ),
    class = c("kerasvar_TypeError", "kerasvar_error"),
    call = call
  )
}

#' @rdname functionalize
#' @export
variable_state <- function(variables) {
  nothing <- function() NULL
  pure <- call_py(
    py_fn("transforms.functionalize"),
    nothing,
    as_variables(variables)
  )
  tree_from_py(call_py(reticulate::py_get_attr(pure, "state")))
}

#' Gradients
#'
#' Makes of `fn`, which computes a loss from variables, a function that computes
#' the loss and its gradient by each of them.
#'
#' @param fn A function that returns a loss: a tensor of one float, such as
#'   `mean((x %*% w - y)^2)`. R's own numbers and `NULL` are errors: nothing says
#'   how they came about. What it assigns to the variables stays assigned.
#' @param variables The variables to differentiate by: a variable or a list of
#'   some, all of one backend, which is TensorFlow, JAX or PyTorch: NumPy does not
#'   differentiate.
#' @return A function that takes what `fn` takes. It returns a list: `value`, the
#'   loss, a tensor; and `gradients`, a [tree][trees] that has for each variable's
#'   path a tensor of its shape, or `NULL`, on every backend, where the loss does
#'   not depend on it or the variable is no float.
#' @section What `fn` must not do:
#'   A value that becomes R data (`as.array(w)`, `as.numeric(w)`, `apply(w, ...)`) is
#'   a constant from then on, so that the gradient would lack what R makes of it.
#'   That is an error while gradients are recorded; [stop_gradient()] says that a
#'   constant is meant. Printing and [format()] are allowed, and so are data that
#'   have no gradient, such as those of `as.logical(all(w > 0))`.
#' @seealso [functionalize()]
#' @export
#' @examplesIf kerasvar:::core_available() && kerasvar:::is_installed("torch")
#' w <- keras_variable(array(c(1, 2), c(2, 1)), name = "w", backend = "torch")
#' x <- matrix(c(1, 2, 3, 4), 2)
#' loss <- value_and_gradient(function(x) sum((x %*% w)^2), w)
#' loss(x)
value_and_gradient <- function(fn, variables) {
  fn <- check_function(fn)
  variables <- as_variables(variables)
  # Now, so that what is wrong with the variables is said now.
  call_py(py_fn("transforms.value_and_grad"), function() NULL, variables)
  function(...) {
    call <- rlang::current_env()
    run <- function() check_loss(fn(...), call)
    found <- call_with_closure(run, function(run) {
      differentiated <- call_py(py_fn("transforms.value_and_grad"), run, variables, .call = call)
      call_py(differentiated, .call = call)
    })
    list(
      value = leaf_from_py(reticulate::py_get_item(found, 0L)),
      gradients = tree_from_py(reticulate::py_get_item(found, 1L))
    )
  }
}

#' Values as constants
#'
#' `stop_gradient()` gives the value of a variable or tensor as a constant: what
#' is computed of it is left out of the gradient. It may become R data also while
#' gradients are recorded, where that is an error otherwise.
#'
#' @param x A variable or tensor.
#' @return A tensor with the same value.
#' @seealso [value_and_gradient()]
#' @export
#' @examplesIf kerasvar:::core_available() && kerasvar:::is_installed("torch")
#' w <- keras_variable(c(1, 2), name = "w", backend = "torch")
#' # The weights are no part of what is differentiated:
#' weights <- function() as.numeric(stop_gradient(w)) / 3
#' value_and_gradient(function() sum(weights() * w^2), w)()$gradients
stop_gradient <- function(x) {
  if (!is_ours(x)) {
    cli::cli_abort(
      c(
        "{.arg x} must be a variable or a tensor.",
        x = "You supplied {.obj_type_friendly {x}}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error")
    )
  }
  new_tensor(call_py(py_fn("leaving.stop_gradient"), x), is_vector_tensor(x))
}

# One element is a loss whatever its axes: R has no other numbers. What is no
# tensor of ours, but a Python object all the same, Python looks at.
check_loss <- function(loss, call) {
  if (is_ours(loss)) {
    shape <- py_shape(loss)
    if (length(shape) && prod(shape) == 1) {
      return(sum(loss))
    }
    if (length(shape)) {
      abort_loss("The loss has {prod(shape)} elements; say {.fn sum} or {.fn mean} of them.", call)
    }
    if (!is_float(loss)) {
      abort_loss("You supplied {.val {py_dtype(loss)}}, which has no derivative.", call)
    }
  } else if (!inherits(loss, "python.builtin.object")) {
    abort_loss("You supplied {.obj_type_friendly {loss}}.", call)
  }
  loss
}

is_float <- function(x) grepl("^b?float", py_dtype(x))

abort_loss <- function(what, call, env = caller_env()) {
  what <- cli::format_inline(what, .envir = env)
  cli::cli_abort(
    c(
      "{.arg fn} must return a loss: a float tensor of one element, computed from
       the variables, such as {.code sum(v^2)}.",
      x = "{what}"
    ),
    class = c("kerasvar_TypeError", "kerasvar_error"),
    call = call
  )
}

# `use(f)` where `f` is an R closure fit to be handed to Python, which gets its
# arguments as they are. If an error in the closure ends the call, that very error
# is what the caller gets.
call_with_closure <- function(closure, use) {
  raised <- NULL
  guarded <- function(...) {
    withCallingHandlers(closure(...), error = function(cnd) raised <<- cnd)
  }
  withCallingHandlers(
    use(closure_for_py(guarded)),
    error = function(cnd) {
      if (!is.null(raised) && came_from_r(cnd)) {
        stop(raised)
      }
    }
  )
}

# Python may have taken care of an error in the closure, and failed for reasons of
# its own.
came_from_r <- function(cnd) {
  exception <- attr(cnd$python_error, "py_object", exact = TRUE)
  is.null(exception) || reticulate::py_has_attr(exception, "r_class")
}

check_function <- function(fn, arg = "fn", call = caller_env()) {
  if (!is.function(fn)) {
    cli::cli_abort(
      c(
        "{.arg {arg}} must be a function.",
        x = "You supplied {.obj_type_friendly {fn}}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = call
    )
  }
  fn
}

as_variables <- function(variables, call = caller_env()) {
  if (is_variable(variables)) {
    variables <- list(variables)
  }
  if (!is.list(variables) || !all(vapply(variables, is_variable, NA))) {
    cli::cli_abort(
      c(
        "{.arg variables} must be a variable or a list of variables.",
        x = "You supplied {.obj_type_friendly {variables}}."
      ),
      class = c("kerasvar_TypeError", "kerasvar_error"),
      call = call
    )
  }
  if (has_invalid_pointer(variables)) {
    abort_invalid_pointer(call)
  }
  reticulate::r_to_py(unname(variables))
}
