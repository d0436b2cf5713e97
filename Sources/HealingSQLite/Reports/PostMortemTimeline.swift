import Healing

/// Selects from the events of an incident those that a reader needs, and says them in words.
enum PostMortemTimeline {
  /// Number of entries, at most.
  static let limit = 30

  /// Returns what changed in the hour before an incident and in its first minute: releases, policies, acts of operators, runs that were
  /// interrupted, and faults that were new; 12 at most.
  static func contributors(_ events: [TimelineEvent], before start: Timestamp) -> [PostMortem.Entry] {
    let end = start + .seconds(60)
    let starts = events.filter { $0.kind == "release" }.map(\.at)
    let some = events.filter { event in
      guard event.at < end else { return false }
      switch event.kind {
      case "release", "component", "fault": return true
      case "run": return event.after == "interrupted"
      case "policy": return isChange(event, starts)
      case "circuit": return event.actor != nil
      default: return false
      }
    }
    let faults = some.filter { $0.kind == "fault" }.suffix(6)
    let others = some.filter { $0.kind != "fault" }.suffix(12 - faults.count)
    return (faults + others).sorted { ($0.at, $0.ref.rawValue) < ($1.at, $1.ref.rawValue) }.map(entry)
  }

  /// Returns the last act of an operator, release or close of a circuit in the 2 minutes before a time, in words.
  static func end(_ events: [TimelineEvent], before time: Timestamp) -> String? {
    events.last { event in
      guard event.at <= time, time - event.at <= .seconds(120) else { return false }
      switch event.kind {
      case "release": return true
      case "circuit": return event.actor != nil || event.after == CircuitState.closed.rawValue
      default: return false
      }
    }.map { event in
      let found = entry(event)
      let who = found.actor.map { " by \($0)" } ?? ""
      return "\(found.component.map { "\($0.text): " } ?? "")\(found.text)\(who)"
    }
  }

  /// Returns the timeline: the first event of each kind, every act of a person, peaks and ends.
  static func entries(
    _ events: [TimelineEvent], incident: Incident, range: Range<Timestamp>, minutes: [IncidentMinute],
    mitigated: PostMortem.Moment?
  ) -> [PostMortem.Entry] {
    var entries: [PostMortem.Entry] = []
    var others: [PostMortem.Entry] = []
    var seen: [String: Int] = [:]
    func count(_ key: String) -> Int {
      seen[key, default: 0] += 1
      return seen[key] ?? 0
    }
    var lastCloses: [ComponentName: TimelineEvent] = [:]
    let starts = events.filter { $0.kind == "release" }.map(\.at)
    for event in events {
      let name = event.component?.text ?? ""
      switch event.kind {
      case _ where event.actor != nil, "release", "component": entries.append(entry(event))
      case "run": if event.after == "interrupted" { entries.append(entry(event)) }
      case "alert":
        guard event.text != AlertRecord.Kind.reminder.rawValue else { continue }
        if count("alert \(name) \(event.text ?? "")") == 1 { entries.append(entry(event)) }
      case "circuit":
        if event.after == CircuitState.closed.rawValue, let component = event.component {
          lastCloses[component] = event
        } else if count("circuit \(name) \(event.after ?? "")") == 1 {
          entries.append(entry(event))
        }
      case "fault": if count("fault \(name)") <= 2 { entries.append(entry(event)) }
      case "check": if count("check \(name) \(event.after ?? "")") == 1 { others.append(entry(event)) }
      case "policy":
        if isChange(event, starts), count("policy \(name)") == 1 { others.append(entry(event)) }
      default: if count("\(event.kind) \(name)") == 1 { others.append(entry(event)) }
      }
    }
    entries = inOrder(
      entries + lastCloses.values.map(entry) + marks(incident, range, minutes, mitigated))
    if entries.count > limit {
      // The first and the last ones: what began and what ended it.
      entries = Array(entries.prefix(limit * 2 / 3) + entries.suffix(limit / 3))
    }
    return inOrder(entries + inOrder(others).prefix(max(0, limit - entries.count)))
  }

  /// Sorts by time and component. Entries of one instant and component keep their order, which is that of the rows.
  private static func inOrder(_ entries: [PostMortem.Entry]) -> [PostMortem.Entry] {
    entries.enumerated().sorted {
      ($0.element.at, $0.element.component?.text ?? "", $0.offset)
        < ($1.element.at, $1.element.component?.text ?? "", $1.offset)
    }.map(\.element)
  }

  /// Whether a policy changed while its program ran. Each run records its policies when it starts.
  private static func isChange(_ event: TimelineEvent, _ starts: [Timestamp]) -> Bool {
    event.after != "default" && !starts.contains { event.at >= $0 && event.at - $0 < .seconds(10) }
  }

  /// Returns the beginning of each member, its worst minute, the mitigation and the end.
  private static func marks(
    _ incident: Incident, _ range: Range<Timestamp>, _ minutes: [IncidentMinute],
    _ mitigated: PostMortem.Moment?
  ) -> [PostMortem.Entry] {
    var marks: [PostMortem.Entry] = []
    for member in incident.members.filter(\.isMember).prefix(6) {
      marks.append(
        PostMortem.Entry(
          at: member.startedAt, kind: "started", component: member.component,
          text: "begins to fail\(member.isExact ? "" : " (to the minute)")"))
    }
    for name in incident.components.prefix(3) {
      let own = minutes.filter { $0.component == name && $0.failures > 0 }
      guard let worst = own.max(by: { ($0.failures, $1.at) < ($1.failures, $0.at) }) else { continue }
      marks.append(
        PostMortem.Entry(
          at: worst.at, kind: "peak", component: name,
          text: "worst minute: \(worst.failures) of \(worst.attempts) attempts failed"))
    }
    if let mitigated {
      marks.append(
        PostMortem.Entry(
          at: mitigated.at, kind: "mitigated", component: nil,
          text: mitigated.text ?? "callers are answered from this minute on"))
    }
    if !incident.isOngoing {
      marks.append(
        PostMortem.Entry(
          at: range.upperBound, kind: "ended", component: nil, text: "the last bad minute ends"))
    }
    return marks
  }

  private static func entry(_ event: TimelineEvent) -> PostMortem.Entry {
    let text =
      switch event.kind {
      case "circuit":
        event.before == event.after
          ? words(event.text)
          : joined("\(words(event.before)) → \(words(event.after))", words(event.text))
      case "check": joined("\(words(event.before)) → \(words(event.after))", event.text)
      case "alert": joined("alert \(words(event.text))", event.after)
      case "fault":
        joined(
          "first error of a fault" + (event.after.map { $0.isEmpty ? "" : " in release \($0)" } ?? ""),
          event.text)
      case "release": "release \(words(event.after)) is first seen"
      case "run": joined("a run ended \(words(event.after))", event.text)
      case "policy": "policy \(words(event.after))"
      case "note": joined("note, \(words(event.after))", event.text)
      default: joined(words(event.after), event.text)
      }
    return PostMortem.Entry(
      at: event.at, kind: event.kind, component: event.component, text: text, actor: event.actor)
  }

  private static func words(_ text: String?) -> String {
    (text ?? "").replacing("_", with: " ")
  }

  private static func joined(_ a: String, _ b: String?) -> String {
    guard let b, !b.isEmpty else { return a }
    return a.isEmpty ? b : "\(a): \(b)"
  }
}
