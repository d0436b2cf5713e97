extension TextRule {
  /// An operation took too long, also while connecting.
  static let timeout: [TextRule] = [
    TextRule(
      "timed_out", .timeout, 87,
      [
        "timed out", "due to timeout", "timing out", "time limit exceeded|reached", "time has expired",
        "time expired|elapsed", "execution expired", "exceeded|exceeds maximum time|runtime|duration",
      ]),
    TextRule(
      "deadline", .timeout, 87,
      [
        "deadline exceeded|expired|reached|passed|elapsed",
        "deadline was|has|is|been exceeded|expired|reached|passed", "exceeded * deadline",
      ]),
    TextRule(
      "timeout", .timeout, 86,
      [
        "timeout exceeded|expired|elapsed|reached|occurred|triggered",
        "timeout was|has|is|been exceeded|expired|elapsed|reached", "timeout * exceeded|expired|elapsed",
        "timeout waiting|awaiting|while|during|after|when|reading|connecting|period", "exceeded * timeout",
        "exceeded|exceeds * execution|processing|run|running time", "i o timeout", "time out",
        "io|connect|connection|read|write|request|socket|operation timeout !error|exception",
        "query|gateway|idle|handshake|response|network|client|server timeout !error|exception",
        "execution|upstream|dial|receive|send|poll|job|task timeout !error|exception",
        "command|call|session|step|build|rpc|dns|model|search timeout !error|exception",
        "canceled|cancelled while waiting|awaiting",
      ]),
    TextRule(
      "statement", .timeout, 96,
      [
        "statement timeout", "maximum statement execution time", "max execution time",
      ]),
    TextRule(
      "no_answer", .timeout, 78,
      [
        "took|taking|takes|taken too long", "too long to respond|process|complete|execute|start|run",
        "not|didn't|doesn't respond|complete|finish|reply|answer|start in time",
        "not|didn't|doesn't respond|complete|finish|reply|answer|become|start * within|after",
        "failed to start|connect|respond|complete|finish * within", "not properly respond",
        "no response|reply|answer within|after|in", "no response|reply|answer received|from",
        "waited|waiting too long", "ran|run|runs|running|took for? longer|more than",
        "not * within the allotted|allowed|specified", "gave|giving up waiting|after",
        "missed heartbeat|heartbeats", "unresponsive", "not responding",
        "no|without heartbeat|progress|activity * seconds|minutes|ms", "has|have passed since",
        "not present in metadata",
      ]),
    TextRule(
      "type", .timeout, 72,
      [
        "timeout error|exception|failure", "timeout !sec|seconds|ms|millis",
      ]),
    TextRule(
      "hint", .timeout, 33,
      [
        "timeout|timeouts|slow|waiting|waited|late|deadline"
      ]),
  ]
}
