extension TextRule {
  /// The remote service answered with a failure.
  static let api: [TextRule] = [
    TextRule(
      "overloaded", .api, 78, transient: true,
      [
        "overloaded", "server|service|system|model|engine is|currently? too? busy|overloaded",
        "high demand|load|traffic", "at capacity", "too busy",
      ]),
    TextRule(
      "cancelled_by_server", .api, 76, transient: true,
      [
        "canceled|cancelled by the? remote? server|remote|peer|upstream|backend|service|host",
        "server|peer|upstream|backend|service|host has? canceled|cancelled",
      ]),
    TextRule(
      "unavailable", .api, 64, transient: true,
      [
        "service|server|api|temporarily|currently unavailable", "bad gateway",
        "service|server|api|site|backend|system is currently|temporarily? unavailable|down",
        "service|server|api|model is? not available|ready|responding", "temporary failure|error|problem",
        "transient error|failure", "under maintenance", "maintenance mode", "try again later|shortly|soon",
        "please retry", "backend fetch failed", "upstream error|failed|returned",
        "no healthy upstream|backends|host", "upstream connect error",
        "no responders|servers|backends|endpoints|upstreams|replicas|workers available", "circuit open",
        "retriable true", "leader changed|election", "not the current? leader", "no leader", "not leader",
        "please try again !with|using|after", "resource|cluster|node|instance|system is not ready",
        "no cluster leader", "failed calling webhook", "calling webhook",
      ]),
    TextRule(
      "server_error", .api, 48, transient: true,
      [
        "internal server? error|failure", "server|service|backend error|exception|failure",
        "unexpected server|http|response|status", "something went wrong", "returned|error 500|502|503",
        "internal failure|handling|processing",
      ]),
    TextRule(
      "missing", .api, 66, transient: false,
      [
        "resource|entity|object|record|document|item|model|deployment|bucket|repository not found",
        "image|container|volume|network|pod|service|namespace|project|endpoint|page not found",
        "user|account|version|tag|branch|release|key|topic|queue|role not found",
        "secret|package|manifest|parameter|instance|cluster|job|stream|route|domain|policy not found",
        "resource|entity|object|record|document|item|model|deployment|bucket|repository * not found",
        "image|container|volume|network|pod|service|namespace|project|endpoint|page * not found",
        "user|account|version|tag|branch|release|key|topic|queue|role * not found",
        "secret|package|manifest|parameter|instance|cluster|job|stream|route|domain|policy * not found",
        "resource|entity|object|record|document * does|do|could not be? exist|found",
        "item|model|deployment|bucket|repository * does|do|could not be? exist|found",
        "image|container|volume|network|pod * does|do|could not be? exist|found",
        "service|namespace|project|endpoint|page * does|do|could not be? exist|found",
        "user|account|version|tag|branch|release|key|topic|queue|role * does|do|could not be? exist|found",
        "secret|package|manifest|parameter|instance * does|do|could not be? exist|found",
        "cluster|job|stream|route|domain|policy * does|do|could not be? exist|found",
        "resource|entity|object|record|document|item|model|deployment|bucket|repository * doesn't exist",
        "image|container|volume|network|pod|service|namespace|project|endpoint|page * doesn't exist",
        "user|account|version|tag|branch|release|key|topic|queue|role * doesn't exist",
        "secret|package|manifest|parameter|instance * doesn't exist",
        "cluster|job|stream|route|domain|policy * doesn't exist",
        "no such bucket|container|volume|network|image|key|entity|object|user|repository|resource",
        "no such upload|pod|service|secret|deployment|model|branch|topic|queue|stream|instance|job",
        "not found exception", "manifest unknown",
        "unknown topic|model|endpoint|resource|method|service|image|repository", "does not host",
        "topic or part|partition", "no longer available|exists|supported",
        "has|have been deprecated|decommissioned|deleted|archived", "page not found", "be found",
        "rule violations", "hook declined", "no deployed", "find key",
        "lease|ticket|session|snapshot not found", "not a member", "has no mailbox|such",
        "no such mailbox|channel|group", "find remote ref", "remote ref|branch",
      ]),
    TextRule(
      "in_use", .api, 83, transient: false,
      [
        "image|network|volume|resource|subnet * is|being used|referenced by",
        "role|bucket|group|policy|certificate * is|being used|referenced by", "has associated|attached",
      ]),
    TextRule(
      "inaccessible", .api, 83, transient: false,
      [
        "does not exist or you", "doesn't exist or you", "not exist or you",
      ]),
    TextRule(
      "in_progress", .api, 74, transient: false,
      [
        "another operation|update|deployment|upgrade|migration * progress",
        "operation|update|deployment|upgrade is? already? in progress", "is still in use",
      ]),
    TextRule(
      "conflict", .api, 66, transient: false,
      [
        "already in use", "already been taken|registered|created|used", "already exists|running|started",
        "name * in use", "merge|edit|version|update|resource|name|status conflict",
        "conflict the|error|exception", "object has been modified", "is not running", "is already",
        "in * invalid|incorrect state", "incorrect|invalid state", "precondition required|failed",
        "conditional * failed", "dependency violation", "has|have * dependent|dependents",
        "method not allowed", "operation not supported|allowed", "not implemented", "non fast forward",
        "cannot be re", "rejected", "already own|owned|owns", "is not empty",
        "conditions|condition * hold|met", "not leader or", "bucket|namespace not empty",
        "commit cannot be completed", "current status|state is", "status|state must be", "immutable",
        "too many redirects", "exceeded * redirects", "redirect loop", "already registered|taken|claimed",
      ]),
    TextRule(
      "no_such", .api, 61, transient: false,
      [
        "no such", "there is|are no",
      ]),
    TextRule(
      "wrong_address", .api, 70, transient: false,
      [
        "unrecognized|unknown|invalid request url|path", "unknown|unrecognized|unsupported route",
        "pathspec", "unknown|unsupported|unimplemented operation|method|action|rpc|endpoint",
        "does|do not? implement", "doesn't implement", "be addressed using", "already rebalanced",
        "inequivalent",
      ]),
    TextRule(
      "not_found", .api, 52, transient: false,
      [
        "not found", "does|do|did not exist", "doesn't exist", "already exists",
      ]),
    TextRule(
      "not_found_hint", .api, 43, transient: false,
      [
        "conflict", "gone", "no * found", "doesn't have a", "no * with the? name|id",
      ]),
    TextRule(
      "hint", .api, 34, transient: true,
      [
        "api error|exception|failure", "api|http request|call failed|error", "request failed",
        "http error|exception|status", "unexpected status|response", "non 200", "error * api|response",
        "service|server|upstream|backend", "unavailable",
      ]),
  ]
}
