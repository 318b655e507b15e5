# Calling Python: one function that every call of this package goes through, so
# that a Python exception reaches the user as an R error about their own call.

#' Calls a Python function; its exceptions become R errors
#'
#' The result is not converted: follow with [reticulate::py_to_r()] where an R
#' value is wanted.
#'
#' @param f A Python callable, best from `py_fn()`.
#' @param ... Arguments, converted by reticulate unless they are Python objects.
#' @param .call The R call to blame. Evaluated only if there is an error.
#' @return A Python object.
#' @noRd
call_py <- function(f, ..., .call = caller_env()) {
  # Outside the handler: an error in getting at `f` is not one of calling it.
  force(f)
  if (is_forked()) {
    check_fit_for_fork(list(...), .call)
  }
  value <- withCallingHandlers(
    reticulate::py_call(f, ...),
    python.builtin.Exception = function(cnd) abort_python(cnd, .call),
    error = function(cnd) abort_if_invalid_pointer(cnd, function() list(...), .call)
  )
  if (!is.null(pkg_env$warnings)) {
    warn_python(.call)
  }
  value
}

# Python's warnings during the call, kept until it is over: a handler may leave
# for good, and Python is not to be left in the middle of things.
keep_warning <- function(message, classes) {
  warning <- list(message = py_strings(message), classes = py_strings(classes))
  pkg_env$warnings <- c(pkg_env$warnings, list(warning))
  NULL
}

warn_python <- function(call) {
  kept <- pkg_env$warnings
  pkg_env$warnings <- NULL
  call <- shown_call(call)
  for (one in kept) {
    classes <- c(paste0("kerasvar_", one$classes), "kerasvar_warning", "warning", "condition")
    warning(structure(list(message = one$message, call = call), class = classes))
  }
}

# The call that rlang would show for `call`, which may be the environment of one;
# an assignment as the user wrote it.
shown_call <- function(call) {
  env <- call
  call <- conditionCall(rlang::catch_cnd(rlang::abort("", call = call)))
  if (!is.call(call) || length(call) < 3 || !identical(call[[2]], quote(`*tmp*`))) {
    return(call)
  }
  # Compiled code does not bind `*tmp*`; what it stands for is the first argument.
  if (is.environment(env)) {
    call[[2]] <- get(ls(env, pattern = "^(x|object)$")[1], env)
  }
  call <- in_names(call, caller_of(env))
  # R has put the value itself into the call.
  value <- call$value
  if (is.object(value) || length(value) > 10) {
    value <- quote(value)
  }
  call$value <- NULL
  if (identical(call[[1]], quote(`$<-`))) call[[3]] <- as.name(call[[3]])
  call[[1]] <- as.name(sub("<-$", "", as.character(call[[1]])))
  bquote(.(call) <- .(value))
}

# The frame that the function with the execution environment `env` was called from.
caller_of <- function(env) {
  running <- Position(function(frame) identical(frame, env), sys.frames(), right = TRUE)
  parent <- if (is.na(running)) 0L else sys.parents()[running]
  if (parent) sys.frame(parent) else globalenv()
}

# The message goes through rlang, not cli: braces in it are the user's data.
abort_python <- function(cnd, call) {
  classes <- python_classes(cnd)
  if ("kerasvar_left" %in% classes) {
    leave_again()
  }
  if (!is.null(pkg_env$warnings)) {
    warn_python(call)
  }
  rlang::abort(
    python_message(cnd),
    class = c(classes, "kerasvar_error"),
    python_error = cnd,
    call = shown_call(call)
  )
}

# What the exception says, without its class, its traceback or reticulate's hint.
python_message <- function(cnd) {
  exception <- attr(cnd, "py_object", exact = TRUE)
  if (is.null(exception)) {
    return(conditionMessage(cnd))
  }
  # An R error that passed through Python says what it said.
  if (reticulate::py_has_attr(exception, "r_class")) {
    return(reticulate::py_str(exception))
  }
  # str() of a KeyError is the repr() of its key.
  if (inherits(cnd, "python.builtin.KeyError")) {
    args <- reticulate::py_to_r(reticulate::py_get_attr(exception, "args"))
    if (length(args) == 1) {
      return(in_words_of_r(as.character(args[[1]]), exception))
    }
  }
  in_words_of_r(reticulate::py_str(exception), exception)
}

# What Python says in R's words, in this order: one table, so that the core need
# know nothing of R. Only of what the core itself says; what a framework or a
# function of the user's says is left as it is.
words_of_r <- c(
  # Sentences.
  "'Variable' object has no attribute '(\\w+)'" = "A variable has no `$\\1`.",
  "Variable\\(\\) got unexpected arguments: (.*)" = "`keras_variable()` has no argument `\\1`.",
  "`shape` is needed when `initializer` is a callable[.].*" =
    "`shape` is needed where `initializer` is a function or the name of one.",
  "must be a keras.Variable, .* nnx.Variable[.] Received: type [^ ]+[.] To copy a value, make a Variable of it[.]" =
    "must be a variable of Keras, TensorFlow, PyTorch or Flax. To copy a value, use `keras_variable()`.",
  "must be a dict from collection names.*" =
    "must be a list of collections, which are lists with names, such as `list(params = list(w = 1))`.",
  "'[\\w.]+' object has no attribute 'keys'" = "`state` must be a list with the variables' paths as names.",
  "could not convert string to float: (?:np[.]str_\\()?('[^']*')\\)?" = "A number is needed. Received: \\1",
  "`num` of split\\(\\) must not be negative" = "`n` must be a whole number that is not negative",
  "`data` of fold_in\\(\\) must be in \\[0, 2\\*\\*32\\)" = "`data` must be a whole number from 0 to 2^32 - 1",
  "`p` of bernoulli\\(\\) must be a float[.] Received: .*" = "`p` must be a number.",
  "`variable[.]to_backend\\('(\\w+)'\\)` or through NumPy with `variable[.]numpy\\(\\)`" =
    "`variable$to_backend(\"\\1\")` or through R with `as.array(variable)`",
  "Pass mutable=\\['(.*?)'\\] to `apply` or `bind`" = "Pass `mutable = \"\\1\"` to `scope_apply()` or `scope_bind()`",
  "Pass rngs=\\{'(.*?)': key\\}" = "Pass `rngs = list(\\1 = key)`",
  "than at `init`" = "than in `scope_init()`",
  "Scope None \\(path '/'\\)" = "The scope '/'",
  "the `apply`, `init` or `temporary\\(\\)` block" = "the call of `scope_init()` or `scope_apply()`",
  "use `bind`" = "use `scope_bind()`",
  "`pip install 'kerasvar\\[(\\w+)\\]'`" = "`install_kerasvar(\"\\1\")`",
  "`dtype` of `AutocastScope`" = "`dtype`",
  "\\w+'s functions, with operators or with NumPy's functions on a variable" =
    "operators and R's functions of variables and tensors",
  # Names.
  "(?:Argument|Attribute) (`\\w+`)" = "\\1",
  "`state_mapping`" = "`state`",
  "`value_and_grad`" = "`value_and_gradient()`",
  "`identifier`" = "`initializer`",
  "a callable `initializer`" = "a function as `initializer`",
  "a callable\\b" = "a function",
  # Data.
  "(?<=exactly: )nan\\b" = "NaN",
  "(?<=exactly: )(-?)inf\\b" = "\\1Inf",
  "(\\d)j\\b" = "\\1i",
  " \\(type [\\w.]+\\)" = "",
  "array\\(('[^']*'), dtype='[^']*'\\)" = "\\1",
  "(?<=Received: )-2147483648\\b" = "NA",
  "(\\d)[.]0 is out of range" = "\\1 is out of range",
  "\\b(\\w+)=(?=['\\d(\\[NTF-])" = "\\1 = ",
  "(?<!['\"\\w])None(?!['\"\\w])" = "NULL",
  "(?<!['\"\\w])True(?!['\"\\w])" = "TRUE",
  "(?<!['\"\\w])False(?!['\"\\w])" = "FALSE",
  "(?<=Received: |= )(-?\\d+)[.]0\\b" = "\\1",
  "variables\\['(.*?)'\\]" = "`variables$\\1`",
  "\\[('[^']*'(?:, '[^']*')*)\\]" = "\\1",
  "(?<=Missing: |unknown: )\\[\\]" = "none",
  # Shapes, as they are printed.
  "\\((\\d+),\\)" = "[\\1]",
  "(?<![\\w`.])\\(\\)" = "[]"
)

in_words_of_r <- function(message, exception) {
  ours <- call_python_quietly("bridge.conditions.raised_here", exception)
  if (!isTRUE(ours)) {
    # TensorFlow's names for what it was doing help nobody here.
    return(gsub("^\\{\\{function_node .*?\\}\\} | \\[Op:\\w+\\] name: *$", "", message, perl = TRUE))
  }
  for (pattern in names(words_of_r)) {
    message <- gsub(pattern, words_of_r[[pattern]], message, perl = TRUE)
  }
  shapes <- gregexpr("(?<![\\w`])\\(\\d+(?:, \\d+)+\\)", message, perl = TRUE)
  regmatches(message, shapes) <- lapply(regmatches(message, shapes), function(shape) {
    gsub(", ", " x ", chartr("()", "[]", shape), fixed = TRUE)
  })
  message
}

# Not through call_py(): an error here would end in the same place.
call_python_quietly <- function(name, ...) {
  tryCatch(reticulate::py_to_r(reticulate::py_call(py_fn(name), ...)), error = function(cnd) NULL)
}

# "kerasvar_ValueError" for a ValueError and for every class that extends it.
# An R error that passed through Python, from a function the user supplied,
# keeps the classes it had.
python_classes <- function(cnd) {
  exception <- attr(cnd, "py_object", exact = TRUE)
  if (reticulate::py_has_attr(exception, "r_class")) {
    classes <- reticulate::py_to_r(reticulate::py_get_attr(exception, "r_class"))
    return(setdiff(classes, c("rlang_error", "error", "condition")))
  }
  classes <- setdiff(class(cnd), c("error", "condition", "python.builtin.object"))
  unique(paste0("kerasvar_", sub("^.*[.]", "", classes)))
}

# Base R hands methods their arguments as objects: in the call that is shown they
# have the names the user gave them.
in_names <- function(call, frame) {
  for (i in seq_along(call)[-1]) {
    # An argument that is left out cannot be looked at.
    if (identical(call[[i]], quote(expr = ))) {
      next
    }
    object <- call[[i]]
    if (inherits(object, "kerasvar_accessor")) {
      call[[i]] <- call("@", name_of(.subset2(object, 1L), frame), quote(r))
    } else if (is.environment(object)) {
      call[[i]] <- name_of(object, frame)
    }
  }
  call
}

name_of <- function(object, frame) {
  names <- setdiff(ls(frame), "*tmp*")
  # A promise or an active binding is not set off for this.
  waiting <- rlang::env_binding_are_active(frame, names) | rlang::env_binding_are_lazy(frame, names)
  for (name in names[!waiting]) {
    if (identical(get0(name, frame, "environment", inherits = FALSE), object)) {
      return(as.name(name))
    }
  }
  quote(x)
}
