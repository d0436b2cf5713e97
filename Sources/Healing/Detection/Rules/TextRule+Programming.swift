extension TextRule {
  /// Programming errors and cancellations by the caller, both of the category `unknown`.
  static let programming: [TextRule] = [
    TextRule(
      "null", .unknown, 84,
      [
        "type + error string|list|dict|tuple|int|str|function|unhashable",
        "type + error parameter|object|argument|expected|unsupported|unexpected|must|cannot|value",
        "null|nil pointer|reference|map", "found nil", "object reference not",
        "null|undefined|nil is not an|a", "of null|undefined|nil", "none type", "nonetype",
        "undefined method|function|local|index|offset|property|array|constant", "call to undefined|a",
        "cannot|can't read|set property|properties", "reading * of undefined|null", "optional value",
      ]),
    TextRule(
      "bounds", .unknown, 84,
      [
        "index * out of range|bounds", "bounds out of range", "out of bounds", "outside the bounds",
        "was not present in", "key * not found in",
        "integer|buffer|stack|arithmetic|add|subtract|multiply overflow|underflow", "with overflow",
        "divide|division|divided by zero", "maximum call stack|recursion", "recursion depth",
        "too much recursion", "stack level too", "should not|never reach|happen|occur|get",
        "shouldn't|never happen|occur|reach", "on|of closed channel",
      ]),
    TextRule(
      "exception", .unknown, 79,
      [
        "type|attribute|key|index|name|reference|assertion|recursion + error",
        "illegal state exception|error", "invalid operation exception", "unsupported operation exception",
        "null pointer exception", "class cast exception", "zero division error", "unbound local error",
        "no method error", "not implemented error|exception", "stack overflow error", "array index",
        "index out", "concurrent modification", "no such method error", "abstract method error",
        "stack empty",
      ]),
    TextRule(
      "code", .unknown, 78,
      [
        "is not a function|constructor", "is not defined|callable|iterable|subscriptable|hashable",
        "is not a? function|constructor|iterable|callable",
        "assertion|assert failed|error|violation|triggered", "precondition|invariant failed|violated",
        "unreachable code", "hydration failed|error|mismatch", "declared but|and not|never",
        "no rule to make", "property|symbol|member|method * not found on", "not yet? initialized",
        "no such element", "invalid state error|exception", "used within|inside a|an|the",
        "must be used within|inside", "event loop is", "multiple definition", "undefined reference|symbol",
        "entered unreachable", "class cast|not", "class def found", "no class def", "be cast", "cast is not",
        "specified cast", "no such method|field", "has no attribute|member|method", "illegal state",
        "implicit conversion", "unsupported operand", "takes * arguments|argument",
        "positional argument|arguments", "unexpected keyword argument", "unhandled|unmatched case|match",
        "no * clause matching", "match error", "concurrent map", "data race", "double free",
        "use after free", "illegal|invalid memory|instruction|opcode", "bogus opcode", "device side assert",
        "segmentation|access|protection fault|violation", "sigsegv|sigabrt|sigbus|sigill|segfault",
        "core dumped", "bus error", "constant expression", "default value for", "cannot find ownership",
        "cannot find symbol", "cannot import name", "unrecognized selector", "type mismatch",
        "not a git repository", "already mutably", "must not be null",
        "object|instance has been disposed", "managing a", "not implemented error|exception",
        "contains no elements|matching", "collection was modified", "must be an? instance",
        "passed to * must be", "invalid hook", "test failures", "tests failed|failing",
        "test|tests have failed",
      ]),
    TextRule(
      "user_request", .unknown, 97, severity: .low, isCancellation: true,
      [
        "due to user request", "user requested cancel",
      ]),
    TextRule(
      "cancelled", .unknown, 74, severity: .low, isCancellation: true,
      [
        "context canceled|cancelled", "request|operation|task|job|call|rpc|query canceled|cancelled",
        "request|operation|task|query|job|statement|call|rpc was|is|has been? canceled|cancelled",
        "canceled|cancelled|cancellation exception|error",
        "client|caller|user|consumer|requester has? canceled|cancelled|aborted",
        "canceled|cancelled|aborted by the? client|caller|user|consumer|requester",
        "client closed the? request", "operation was|is|has been? aborted", "abort error",
        "interrupted exception", "keyboard interrupt", "NSURLErrorDomain code|error 999", "err canceled",
        "abort err",
      ]),
    TextRule(
      "aborted", .unknown, 73, severity: .low,
      [
        "request|task|query|job|statement was|is|has been? aborted"
      ]),
    TextRule(
      "runtime", .unknown, 98,
      [
        "goroutines are asleep", "concurrent modification", "cannot|can't destructure",
        "name error name",
        "attempted merging values",
      ]),
    TextRule(
      "type", .unknown, 45,
      [
        "type|key|index|name|attribute|reference|range|division|local|runtime|assertion|import error",
        "invalid cast|operation", "class not found", "panic|panicked", "fatal exception",
        "unsupported operation", "unknown error|exception|failure", "unexpected error|exception",
        "exited|exit|terminated code|with|status|unexpectedly", "segmentation",
      ]),
  ]
}
