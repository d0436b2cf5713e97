/// Hands a value through where the optimiser cannot look, so that what is measured is really done.
@inline(never)
func opaque(_ value: Int) -> Int { value }

/// The same for an operation. Not generic: a generic one would wrap the closure, and its cost would be measured, too.
@inline(never)
func opaque(_ body: @escaping @Sendable () async throws -> Int) -> @Sendable () async throws -> Int { body }

/// Takes a result, so that it is really computed.
@inline(never)
func consume<Value>(_ value: borrowing Value) {}
