public import Healing

/// The sentences and tables that every form of a post-mortem has.
///
/// A table is rows of texts, so that Markdown, HTML and a terminal show the same figures.
public struct PostMortemText: Sendable {
  /// A table with a caption.
  public struct Table: Sendable, Hashable {
    /// The columns' names.
    public var columns: [String]
    /// The rows, each with a text for every column.
    public var rows: [[String]]
    /// A sentence below; empty for none.
    public var remark: String

    init(_ columns: [String], _ rows: [[String]], remark: String = "") {
      self.columns = columns
      self.rows = rows
      self.remark = remark
    }
  }

  private let draft: PostMortem

  /// - Parameter draft: the draft.
  public init(_ draft: PostMortem) { self.draft = draft }

  private var start: Timestamp { draft.times.started.at }

  private func clock(_ time: Timestamp) -> String { Figures.clock(time, since: start) }

  private static func name(_ component: ComponentName?) -> String { component?.text ?? "–" }

  private static func release(_ label: String?) -> String {
    label.map { $0.isEmpty ? "no label" : $0 } ?? "no label"
  }

  /// The title, or the components and the day.
  public var title: String {
    draft.title ?? "\(Figures.list(draft.components.map(\.text))) on \(Figures.time(start).prefix(10))"
  }

  /// The duration in words, and whether it lasts.
  public var duration: String {
    let seconds = max(0, (draft.times.ended.at - start) / .seconds(1))
    return "\(Figures.duration(seconds))\(draft.status == .ongoing ? " so far" : "")"
  }

  /// One line for a chat.
  public var line: String {
    let ended = draft.totals.executions
    let state: String =
      switch draft.status {
      case .ongoing: "ongoing for \(duration)"
      case .provisional, .ended: "lasted \(duration)"
      }
    let name = draft.title.map { "\(draft.id) “\($0)”" } ?? draft.id
    let components = draft.components.map(\.text).joined(separator: " → ")
    let parts: [String] = [
      "\(name): \(components), \(state) since \(Figures.time(start)) UTC",
      "\(Figures.number(unanswered, "call")) unanswered, \(Figures.count(ended.degraded)) degraded, \(Figures.count(ended.saved)) saved",
      "\(Figures.percent(draft.totals.effectiveSuccess)) of the calls were answered",
    ]
    return parts.joined(separator: "; ")
  }

  private var unanswered: Int64 {
    let ended = draft.totals.executions
    return ended.lost.addingClamped(ended.undone).addingClamped(ended.interrupted)
  }

  /// Three sentences from figures.
  public var summary: [String] {
    let names = draft.components.map(\.text)
    let times = draft.times
    let totals = draft.totals
    let first = names.first ?? draft.id
    let others = names.dropFirst()
    let follow =
      others.isEmpty
      ? "" : "; \(Figures.list(Array(others))) failed with it. Failing first is an order, not a cause"
    let margin = times.started.isExact ? "" : " (± 1 min)"
    let end =
      draft.status == .ongoing
      ? "the incident is ongoing after \(duration)" : "the last bad minute ended \(duration) later"
    let what = "\(first) began to fail at \(Figures.time(start)) UTC\(margin), and \(end)\(follow)."
    let calls = totals.executions.executions.addingClamped(totals.executions.rejected)
    let outcomes: [String] = [
      "Of \(Figures.number(calls, "call")) in that time, \(Figures.count(unanswered)) were not answered;",
      "retries saved \(Figures.count(totals.executions.saved)) and fallbacks answered \(Figures.count(totals.executions.degraded)):",
      "callers saw \(Figures.percent(totals.effectiveSuccess)) succeed, while the components answered",
      "\(Figures.percent(totals.actualSuccess)) of the attempts.",
    ]
    let seen = outcomes.joined(separator: " ")
    var detected = "No alert was recorded"
    if let told = times.told ?? times.detected {
      let who = times.told == nil ? "People noticed it" : "The first alert was sent"
      detected = "\(who) \(Figures.duration(max(0, (told.at - start) / .seconds(1)))) after the start"
    }
    let acted =
      times.acted.map {
        ", and the first act of a person came \(Figures.duration(max(0, ($0.at - start) / .seconds(1)))) after it"
      } ?? ", and no act of a person"
    let mitigated =
      times.ttmSeconds.map {
        "; callers were answered again \($0 == 0 ? "throughout" : "after \(Figures.duration($0))")"
      }
      ?? (draft.status == .ongoing ? "" : "; callers were answered again only at the end")
    return [what, seen, detected + acted + mitigated + "."]
  }

  /// The impact on all members and on each.
  public var impact: Table {
    func row(_ name: String, _ impact: ComponentImpact, _ baseline: ComponentImpact?) -> [String] {
      let ended = impact.executions
      return [
        name, Figures.count(ended.executions.addingClamped(ended.rejected)), Figures.count(ended.saved),
        Figures.count(ended.degraded), Figures.count(ended.undone), Figures.count(ended.lost),
        Figures.count(ended.interrupted), Figures.count(ended.rejected),
        Figures.percent(impact.effectiveSuccess), Figures.percent(impact.actualSuccess),
        impact.amplification.map { "\(Figures.decimal($0))×" } ?? "–",
        baseline.map { Figures.percent($0.effectiveSuccess) } ?? "–",
      ]
    }
    var rows = draft.impact.map { impact in
      row(impact.component.text, impact, draft.baseline.first { $0.component == impact.component })
    }
    if rows.count > 1 { rows.append(row("all", draft.totals, nil)) }
    var remarks: [String] = [
      "Saved, degraded, undone, lost and interrupted are of different executions. Rejected calls are among the lost ones unless a",
      "fallback answered. Effective is what callers saw, actual what the component answered; before is effective in the stretch",
      "before, four times as long, a day at most.",
    ]
    if draft.reach.requests > 0 {
      let (reach, requests) = (draft.reach, Figures.number(draft.reach.requests, "request"))
      remarks.append(
        "Rows name \(requests) with a failed or rejected call, \(Figures.count(reach.unansweredRequests)) of them unanswered,"
      )
      remarks.append(
        "and \(Figures.number(reach.users, "user")), \(Figures.count(reach.unansweredUsers)) with an unanswered request."
      )
    }
    let remark = remarks.joined(separator: " ")
    return Table(
      [
        "component", "calls", "saved", "degraded", "undone", "lost", "interrupted", "rejected", "effective",
        "actual",
        "load", "before",
      ], rows, remark: remark)
  }

  /// The six times, each with its row.
  public var detection: Table {
    let times = draft.times
    func row(_ name: String, _ moment: PostMortem.Moment?) -> [String] {
      guard let moment else { return [name, "–", "–", "–"] }
      var source = moment.source == "minute" ? "sum of the minute" : moment.source
      if let ref = moment.ref { source += " \(ref.description)" }
      if let component = moment.component { source += ", \(component.text)" }
      if let text = moment.text, !text.isEmpty { source += ": \(text)" }
      if let actor = moment.actor { source += " (\(actor))" }
      let isRounded = !moment.isExact && name != "ended" && name != "detected"
      let at = "\(clock(moment.at))\(isRounded ? " ± 1 min" : "")"
      let after = "+\(Figures.duration(max(0, (moment.at - start) / .seconds(1))))"
      return [name, at, name == "started" ? "–" : after, source]
    }
    var rows = [
      row("started", times.started), row("tripped", times.tripped), row("told", times.told),
    ]
    if times.detected != nil { rows.append(row("detected", times.detected)) }
    rows += [row("acted", times.acted), row("mitigated", times.mitigated), row("ended", times.ended)]
    let (ttd, tta) = (Figures.duration(times.ttdSeconds), Figures.duration(times.ttaSeconds))
    let (ttm, ttr) = (Figures.duration(times.ttmSeconds), Figures.duration(times.ttrSeconds))
    let durations = "TTD \(ttd), TTA \(tta), TTM \(ttm), TTR \(ttr)."
    return Table(["time", "at (UTC)", "after the start", "row"], rows, remark: durations)
  }

  /// The members in the order in which they began to fail.
  public var order: Table {
    let rows = draft.members.map { member -> [String] in
      let link: String
      if let found = member.link, found.errors > 0 {
        let shared =
          found.withRequest > 0
          ? "\(Figures.percent(Double(found.shared) / Double(found.withRequest))) of \(Figures.count(found.withRequest)) requests"
          : "no request ids"
        link =
          "\(shared); \(Figures.count(found.caused)) of \(Figures.count(found.errors)) errors name it as their cause"
      } else {
        link = "–"
      }
      let name = "\(member.component.text)\(member.isMember ? "" : " (alerts were not delivered)")"
      let began = "\(clock(member.startedAt))\(member.startIsExact ? "" : " ± 1 min")"
      let lasted = Figures.duration(max(0, (member.endedAt - member.startedAt) / .seconds(1)))
      return [
        name, began, "+\(Figures.duration(member.lagSeconds))", lasted, Figures.count(member.badMinutes),
        Figures.count(member.failures), Figures.count(member.rejected), link,
      ]
    }
    return Table(
      [
        "component", "began (UTC)", "lag", "lasted", "bad minutes", "failures", "rejected",
        "also failed in the first",
      ], rows, remark: "Failing first is an order, not a cause.")
  }

  /// What changed before.
  public var contributors: Table {
    Table(
      ["at (UTC)", "what", "component", "who"],
      draft.contributors.map { [clock($0.at), $0.text, Self.name($0.component), $0.actor ?? "–"] })
  }

  /// The newest release of each member beside the one before.
  public var releases: Table {
    Table(
      ["component", "releases", "failed", "difference (95 %)", "in", "verdict"],
      draft.releases.map { Self.cells($0) },
      remark: draft.releases.isEmpty
        ? "" : "Only stretches in which both releases had 30 attempts or more count.")
  }

  private static func cells(_ found: ReleaseComparison) -> [String] {
    let (a, b) = (
      ProportionEstimate(hits: found.failuresA, of: found.attemptsA),
      ProportionEstimate(hits: found.failuresB, of: found.attemptsB)
    )
    let unit = found.resolutionSeconds > 60 ? "hour" : "minute"
    var (bounds, failed) = ("–", "–")
    if found.stretches > 0 {
      let (lower, upper) = (
        Figures.decimal(found.difference.lower * 100), Figures.decimal(found.difference.upper * 100)
      )
      bounds = "\(Figures.decimal(found.difference.difference * 100)) points (\(lower) to \(upper))"
      let (ofA, ofB) = (Figures.count(found.attemptsA), Figures.count(found.attemptsB))
      failed = "\(Figures.percent(a.share)) of \(ofA) → \(Figures.percent(b.share)) of \(ofB)"
    }
    return [
      found.component.text, "\(release(found.releaseA)) → \(release(found.releaseB))", failed, bounds,
      Figures.number(found.stretches, unit), Figures.words(found.verdict.rawValue),
    ]
  }

  /// What extra attempts did.
  public var retries: Table {
    Table(
      ["component", "verdict", "extra attempts", "saved", "load", "effective", "actual"],
      draft.retries.map {
        [
          $0.component.text, Figures.words($0.verdict.rawValue),
          "\(Figures.count($0.extraAttempts)) of \(Figures.count($0.attempts))", Figures.count($0.saved),
          $0.amplification.map { "\(Figures.decimal($0))×" } ?? "–", Figures.percent($0.effectiveSuccess),
          Figures.percent($0.actualSuccess),
        ]
      }, remark: draft.retries.isEmpty ? "" : "Figures are of the bad minutes.")
  }

  /// Which attempt helped.
  public var attempts: Table {
    Table(
      ["component", "error", "attempt", "made", "succeeded (95 %)"],
      draft.attempts.prefix(12).map { attempt in
        let success = attempt.success
        let bounds = "\(Figures.percent(success.lower)) to \(Figures.percent(success.upper))"
        let advice = attempt.isUseless ? ", almost never helps" : ""
        return [
          attempt.component.text, attempt.category.map { Figures.words($0.rawValue) } ?? "–",
          String(attempt.attempt),
          Figures.count(attempt.tried), "\(Figures.percent(success.share)) (\(bounds))\(advice)",
        ]
      })
  }

  /// The openings of circuits.
  public var openings: Table {
    Table(
      ["opened (UTC)", "component", "why", "for", "probes", "rejected", "failures avoided", "verdict"],
      draft.openings.prefix(20).map { opening in
        let why = "\(Figures.words(opening.reason))\(opening.actor.map { " by \($0)" } ?? "")"
        let probes = "\(Figures.count(opening.probesWon)) won, \(Figures.count(opening.probesLost)) lost"
        let lasted = opening.duration.map { Figures.duration($0 / .seconds(1)) } ?? "still open"
        return [
          clock(opening.at), opening.component.text, why, lasted, probes,
          "≤ \(Figures.count(opening.rejected))",
          "≈ \(Figures.count(opening.avoidedFailures))", opening.verdict.rawValue,
        ]
      }, remark: openingsRemark)
  }

  private var openingsRemark: String {
    if draft.openings.count > 20 { return "The first 20 of \(draft.openings.count) openings." }
    return draft.openings.isEmpty
      ? ""
      : "Rejected calls are of whole minutes, so openings in one minute share them; avoided failures are estimated from them."
  }

  /// The acts of operators.
  public var overrides: Table {
    func side(_ side: OverrideEffect.Side) -> String {
      "\(Figures.percent(ProportionEstimate(hits: side.unanswered, of: side.calls).share)) of \(Figures.count(side.calls))"
    }
    return Table(
      ["at (UTC)", "component", "what", "who", "unanswered before", "after", "verdict"],
      draft.overrides.map { act in
        let note = act.note.map { $0.isEmpty ? "" : ": \($0)" } ?? ""
        return [
          clock(act.at), act.component.text, "\(Figures.words(act.action))\(note)", act.actor ?? "–",
          side(act.before), side(act.after), Figures.words(act.verdict.rawValue),
        ]
      },
      remark: draft.overrides.isEmpty
        ? "" : "Five minutes before and after each act. Other things may have changed at the same time.")
  }

  /// The timeline.
  public var timeline: Table {
    Table(
      ["at (UTC)", "kind", "component", "what", "who"],
      draft.timeline.map { [clock($0.at), $0.kind, Self.name($0.component), $0.text, $0.actor ?? "–"] })
  }

  /// The faults.
  public var faults: Table {
    Table(
      ["component", "standing", "errors", "of all time", "first (UTC)", "category", "message", "releases"],
      draft.faults.map { fault in
        let (first, last) = (Self.release(fault.firstRelease), Self.release(fault.lastRelease))
        return [
          fault.component.text, "\(fault.standing.rawValue)\(fault.isSpreading ? ", spreading" : "")",
          Figures.count(fault.occurrences), Figures.count(fault.total), Figures.time(fault.firstAt),
          Figures.words(fault.category.rawValue), fault.message.isEmpty ? "–" : fault.message,
          first == last ? first : "\(first) → \(last)",
        ]
      }, remark: draft.faults.isEmpty ? "" : "Errors are counted by whole hours.")
  }

  /// What is different about the errors.
  public var differences: Table {
    Table(
      ["what", "value", "share", "share before", "χ²"],
      draft.differences.map { found in
        let share = Figures.percent(Double(found.count) / Double(max(1, found.total)))
        let before = Figures.percent(Double(found.before) / Double(max(1, found.totalBefore)))
        return [
          found.dimension, found.value.isEmpty ? "none" : found.value,
          "\(share) of \(Figures.count(found.total))",
          "\(before) of \(Figures.count(found.totalBefore))", Figures.decimal(found.chiSquare),
        ]
      })
  }

  /// Earlier incidents with similar errors.
  public var seenBefore: Table {
    Table(
      ["incident", "similarity", "common faults", "lasted", "what ended it"],
      draft.seenBefore.map { other in
        let name = other.title.map { "\(other.id) “\($0)”" } ?? other.id
        return [
          name, Figures.percent(other.similarity), Figures.count(other.commonFaults),
          Figures.duration(max(0, (other.endedAt - other.startedAt) / .seconds(1))), other.endedBy ?? "–",
        ]
      })
  }

  /// The users with the most failed requests.
  public var users: Table {
    Table(["user", "requests"], draft.users.map { [$0.userID, Figures.count($0.requests)] })
  }

  /// What people noted, without titles.
  public var notes: Table {
    Table(
      ["at (UTC)", "kind", "text", "who"],
      draft.notes.filter { $0.kind != .title && $0.kind != .actionItem }.map {
        [Figures.time($0.at), Figures.words($0.kind.rawValue), $0.text, $0.actor]
      })
  }

  /// What is to do, from notes.
  public var actions: Table {
    Table(
      ["action", "owner", "noted"],
      draft.notes.filter { $0.kind == .actionItem }.map {
        [$0.text, "TODO", "\(Figures.time($0.at)) by \($0.actor)"]
      })
  }

  /// The causes that people noted.
  public var causes: [String] { draft.notes.filter { $0.kind == .cause }.map { "\($0.text) (\($0.actor))" } }

  /// Prompts for people, drawn from figures: what went well, what went wrong, where luck helped.
  public var prompts: (well: [String], wrong: [String], lucky: [String]) {
    var (well, wrong, lucky): ([String], [String], [String]) = ([], [], [])
    let ended = draft.totals.executions
    let rescued = ended.saved.addingClamped(ended.degraded)
    if rescued > 0 {
      well.append("Recovery answered \(Figures.number(rescued, "call")) that would have failed.")
    }
    for opening in draft.openings where opening.verdict == .right && opening.avoidedFailures > 0 {
      well.append(
        "The circuit of \(opening.component.text) spared about \(Figures.number(opening.avoidedFailures, "failed attempt"))."
      )
      break
    }
    for retry in draft.retries where retry.verdict == .madeWorse {
      wrong.append(
        "Retries of \(retry.component.text) made it worse: \(Figures.count(retry.extraAttempts)) extra attempts saved "
          + "\(Figures.number(retry.saved, "call")).")
    }
    for retry in draft.retries where retry.verdict == .helped {
      well.append("Retries of \(retry.component.text) saved \(Figures.number(retry.saved, "call")).")
    }
    let needless = draft.openings.filter { $0.verdict == .needless }
    if !needless.isEmpty {
      wrong.append(
        "\(Figures.number(Int64(needless.count), "opening")) of a circuit \(needless.count == 1 ? "was" : "were") needless."
      )
    }
    if draft.times.told == nil { wrong.append("No alert was recorded.") }
    if let told = draft.times.told, told.at >= draft.times.ended.at {
      wrong.append("The first alert came after the last bad minute.")
    }
    for override in draft.overrides where override.verdict == .helped {
      well.append(
        "After “\(Figures.words(override.action))” of \(override.component.text) more calls were answered.")
    }
    for override in draft.overrides where override.verdict == .hurt {
      wrong.append(
        "After “\(Figures.words(override.action))” of \(override.component.text) fewer calls were answered.")
    }
    for release in draft.releases where release.verdict == .accused {
      wrong.append(
        "Release \(Self.release(release.releaseB)) failed more often than \(Self.release(release.releaseA)) at the same time in "
          + "\(release.component.text).")
    }
    if draft.members.contains(where: { !$0.isMember }) {
      wrong.append("A channel of alerts failed meanwhile.")
    }
    if !draft.seenBefore.isEmpty {
      wrong.append("Similar errors were seen before, in \(draft.seenBefore[0].id).")
    }
    if draft.times.acted == nil && draft.status != .ongoing {
      lucky.append("It ended without a recorded act of a person.")
    }
    return (well, wrong, lucky)
  }

  /// What the draft was computed by.
  public var appendix: [String] {
    let rules = draft.rules
    let coverage = draft.coverage
    let change = draft.status == .ended ? "" : "; figures can still change (\(draft.status.rawValue))"
    let parameters: [String] = [
      "Rules version \(rules.version): a minute is bad with \(rules.minFailures) failures that are",
      "\(Figures.percent(rules.threshold)) of the attempts, with a rejected call, or while the circuit is not closed; holes of up to",
      "\(Figures.duration(Double(rules.quietSeconds))); \(Figures.duration(Double(rules.maxSeconds))) at most\(rules.joinsComponents ? "" : "; by component").",
    ]
    var trust: [String] = [
      "Coverage \(Figures.percent(coverage.coverage)): \(Figures.number(coverage.gapEvents, "event")) of",
      "\(Figures.number(coverage.calls, "call")) lost detail; \(Figures.number(coverage.interruptedRuns, "interrupted run")),",
      "\(Figures.number(coverage.clockSteps, "row")) written after a clock was set back.",
    ]
    if !coverage.hasRows {
      trust.append("Retention has deleted rows of this time: times are known to the minute.")
    }
    var lines: [String] = [
      parameters.joined(separator: " "), "Computed for \(Figures.time(draft.computedAt)) UTC\(change).",
      trust.joined(separator: " "),
    ]
    if let first = coverage.firstErrorID, let last = coverage.lastErrorID {
      lines.append("Errors \(first.description) to \(last.description).")
    }
    if draft.chained {
      lines.append("The incident is a chain: its first and its last part do not overlap.")
    }
    if let previous = draft.previous { lines.append("It continues \(previous).") }
    if !draft.merged.isEmpty { lines.append("Notes have merged \(Figures.list(draft.merged)) into it.") }
    lines.append(
      "Each figure comes from a file in Queries that runs in the sqlite3 shell: incidents, incident_impact, incident_minutes, "
        + "incident_times, incident_reach, incident_timeline, retry_effect, attempt_effect, breaker_openings, release_compare, spread, "
        + "override_effect, error_groups, different_about, seen_before, coverage. docs/incidents.md defines the terms."
    )
    return lines
  }
}
