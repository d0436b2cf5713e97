extension ProcessRecord: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, host, pid, program, release, started, ended
    case lastWrite = "last_write"
    case endKind = "end_kind"
  }

  /// Encodes the columns of `v_processes`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(host, forKey: .host)
    try container.encode(pid, forKey: .pid)
    try container.encode(program, forKey: .program)
    try container.encode(release, forKey: .release)
    try container.encode(startedAt, forKey: .started)
    try container.encode(lastWriteAt, forKey: .lastWrite)
    try container.encode(endedAt, forKey: .ended)
    try container.encode(end, forKey: .endKind)
  }
}
