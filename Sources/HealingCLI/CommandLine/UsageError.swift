/// The command line or the configuration is invalid. The description says where and what is allowed.
struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
