/// Hands a value through where the optimiser cannot look, so that what is measured is really done.
@inline(never)
func opaque<Value>(_ value: Value) -> Value { value }

/// Takes a result, so that it is really computed.
@inline(never)
func consume<Value>(_ value: borrowing Value) {}
