public import Healing

/// The draft of a post-mortem as one HTML file, to read and to print: without a script, and without anything to load.
public enum PostMortemPage {
  /// Returns the document.
  public static func html(_ draft: PostMortem) -> String {
    let words = PostMortemText(draft)
    return HTML.document(title: "\(words.title) – \(draft.id)", style: style) {
      HTML.element(.header) {
        HTML.element(.h1) { words.title }
        HTML.element(.p, [(.name, "head")]) {
          HTML.element(.code) { draft.id }
          " · status: draft ("
          HTML.element(.strong) { draft.status.rawValue }
          ") · \(words.duration) · rules version \(draft.rules.version) · computed at \(Figures.time(draft.computedAt)) UTC"
          " · coverage \(Figures.percent(draft.coverage.coverage)) · times are UTC"
        }
      }
      HTML.element(.main) {
        section("Summary") {
          for sentence in words.summary { HTML.element(.p) { sentence } }
          todo("what happened, in a sentence that a customer understands")
        }
        section("Impact") {
          table(words.impact, "What callers saw")
          charts(draft)
        }
        section("Detection") { table(words.detection, "The six times") }
        section("Trigger and contributors") {
          for cause in words.causes { HTML.element(.p) { cause } }
          if words.causes.isEmpty { todo("the cause; the ledger knows facts only") }
          table(words.order, "What failed, in order")
          table(
            words.contributors, "What changed in the hour before",
            none: "No release, policy, override or new fault was recorded in the hour before.")
          table(
            words.releases, "Releases that served at once",
            none: "No two releases served a member of the incident.")
        }
        section("What recovery did") {
          table(words.retries, "Retries", none: "No retries in bad minutes.")
          table(words.attempts, "Which attempt helped")
          table(words.openings, "Openings of circuits", none: "No circuit opened.")
          table(words.overrides, "Acts of operators", none: "No operator acted on a circuit.")
          if let end = draft.endedBy { HTML.element(.p) { "Just before it was mitigated: \(end)." } }
        }
        section("Timeline") { table(words.timeline, "What happened") }
        section("Error groups") { table(words.faults, "Faults, the most frequent first", none: "No errors.") }
        section("What was different") {
          table(
            words.differences, "Shares of the errors that differ from the stretch before by more than chance",
            none: "Nothing differs by more than chance, or there were too few errors.")
        }
        section("Seen before") {
          table(
            words.seenBefore, "Earlier incidents with similar errors",
            none: "No earlier incident within a month has similar errors.")
        }
        prompts(words)
        section("Action items") {
          if words.actions.rows.isEmpty { todo("action, owner, date") }
          table(words.actions, "Noted")
        }
        if !words.notes.rows.isEmpty { section("Notes") { table(words.notes, "What people noted") } }
        if !draft.users.isEmpty {
          section("Users") { table(words.users, "Users with the most failed requests") }
        }
        section("Appendix") {
          HTML.element(.ul, [(.name, "small")]) { for line in words.appendix { HTML.element(.li) { line } } }
        }
      }
    }.markup
  }

  private static func section(_ title: String, @HTMLBuilder _ content: () -> HTML) -> HTML {
    HTML.element(.section) {
      HTML.element(.h2) { title }
      content()
    }
  }

  private static func todo(_ text: String) -> HTML {
    HTML.element(.p, [(.name, "todo")]) { "TODO: \(text)" }
  }

  private static func prompts(_ words: PostMortemText) -> HTML {
    let prompts = words.prompts
    return .parts(
      [
        ("What went well", prompts.well), ("What went wrong", prompts.wrong),
        ("Where we got lucky", prompts.lucky),
      ].map { title, items in
        section(title) {
          HTML.element(.ul) {
            for item in items { HTML.element(.li) { item } }
            HTML.element(.li, [(.name, "todo")]) { "TODO" }
          }
        }
      })
  }

  /// - Parameter none: printed instead of a table without rows; nothing when it is empty.
  private static func table(_ table: PostMortemText.Table, _ caption: String, none: String = "") -> HTML {
    guard !table.rows.isEmpty else { return none.isEmpty ? .empty : HTML.element(.p) { none } }
    let isNumber = table.columns.indices.map { column in table.rows.allSatisfy { isFigure($0[column]) } }
    return .parts([
      HTML.element(.div, [(.name, "wide")]) {
        HTML.element(.table) {
          HTML.element(.caption) { caption }
          HTML.element(.thead) {
            HTML.element(.tr) {
              for (column, name) in table.columns.enumerated() {
                HTML.element(.th, attributes("col", isNumber: isNumber[column])) { name }
              }
            }
          }
          HTML.element(.tbody) {
            for row in table.rows {
              HTML.element(.tr) {
                for (column, cell) in row.enumerated() {
                  if column == 0 {
                    HTML.element(.th, attributes("row", isNumber: false)) { cell }
                  } else {
                    HTML.element(.td, attributes(nil, isNumber: isNumber[column])) { cell }
                  }
                }
              }
            }
          }
        }
      },
      table.remark.isEmpty ? .empty : HTML.element(.p, [(.name, "small")]) { table.remark },
    ])
  }

  /// - Parameter scope: what a heading is of; `nil` for no heading.
  private static func attributes(_ scope: String?, isNumber: Bool) -> [(HTML.Attribute, String)] {
    var attributes: [(HTML.Attribute, String)] = []
    if let scope { attributes.append((.scope, scope)) }
    if isNumber { attributes.append((.name, "number")) }
    return attributes
  }

  /// Whether a cell is a figure, which is aligned to the right.
  private static func isFigure(_ cell: String) -> Bool {
    cell == "–" || cell.unicodeScalars.allSatisfy { "0123456789.,%×<> ".unicodeScalars.contains($0) }
  }

  private static func charts(_ draft: PostMortem) -> HTML {
    guard let first = draft.minutes.map(\.at).min(), let last = draft.minutes.map(\.at).max() else {
      return .empty
    }
    let range = first..<(last + .seconds(60 * max(1, draft.minutesStep)))
    let start = draft.times.started.at
    let bad = start..<max(start, draft.times.ended.at)
    var figures: [HTML] = []
    for name in draft.components.prefix(6) {
      var marks = draft.openings.filter { $0.component == name }.map {
        ErrorChart.Mark(at: $0.at, kind: "trip", text: "the circuit opens")
      }
      marks += draft.overrides.filter { $0.component == name }.map {
        ErrorChart.Mark(at: $0.at, kind: "act", text: Figures.words($0.action))
      }
      marks += draft.timeline.filter { $0.kind == "release" }.map {
        ErrorChart.Mark(at: $0.at, kind: "release", text: $0.text)
      }
      figures.append(
        HTML.element(.div, [(.name, "chart")]) {
          HTML.element(.h3) { name.text }
          ErrorChart.svg(
            draft.minutes.filter { $0.component == name }, step: max(1, draft.minutesStep), component: name,
            range: range, bad: bad, marks: Array(marks.prefix(60)))
        })
    }
    figures.append(
      HTML.element(.p, [(.name, "small legend")]) {
        "Share of errors: "
        HTML.element(.span, [(.name, "effective")]) { "━ effective, what callers saw" }
        "; "
        HTML.element(.span, [(.name, "actual")]) { "╌ actual, what the component did" }
        "; vertical lines: a circuit opens, an operator acts, a release is first seen. The shaded part is the incident."
      })
    return .parts(figures)
  }

  private static let style: StaticString = """
    :root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --line: #d0d7de; --bad: #ffebe9; --eff: #cf222e; --act: #9a6700; --page: #fff; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --dim: #9198a1; --line: #3d444d; --bad: #3c1618; --eff: #ff7b72; --act: #e3b341; --page: #0d1117; } }
    @media print { :root { --ink: #000; --dim: #444; --line: #bbb; --bad: #eee; --eff: #b00; --act: #750; --page: #fff; } }
    body { margin: 0 auto; padding: 1rem; max-width: 62rem; font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--page); }
    h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.1rem; margin: 1.25rem 0 .4rem; border-bottom: 1px solid var(--line); }
    h3 { font-size: .9rem; margin: .6rem 0 0; }
    p { margin: .35rem 0; }
    ul { margin: .35rem 0; padding-left: 1.25rem; }
    .head, .small { color: var(--dim); font-size: .85rem; }
    .todo { color: var(--act); font-weight: 600; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: .85rem; margin: .5rem 0 .25rem; }
    caption { text-align: left; font-weight: 600; padding: .2rem 0; }
    th, td { text-align: left; vertical-align: top; padding: .2rem .5rem .2rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; min-width: 3rem; }
    thead th { border-top: 0; color: var(--dim); font-weight: 600; overflow-wrap: normal; }
    tbody th { font-weight: 400; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    svg { width: 100%; height: auto; display: block; }
    svg text { font: 9px system-ui, sans-serif; fill: var(--dim); }
    polyline { fill: none; stroke-width: 1.6; }
    svg .effective { stroke: var(--eff); }
    svg .actual { stroke: var(--act); stroke-dasharray: 4 2; }
    circle.effective { fill: var(--eff); }
    circle.actual { fill: var(--act); }
    .bad { fill: var(--bad); }
    .grid { stroke: var(--line); stroke-width: .6; }
    .trip { stroke: var(--eff); stroke-width: 1; stroke-dasharray: 2 2; }
    .act { stroke: var(--ink); stroke-width: 1.4; }
    .release { stroke: var(--act); stroke-width: 1.4; }
    .legend .effective { color: var(--eff); }
    .legend .actual { color: var(--act); }
    @media print {
      body { max-width: none; padding: 0; font-size: 7.8pt; line-height: 1.2; }
      h2 { margin: .5rem 0 .15rem; break-after: avoid; }
      tr, .chart { break-inside: avoid; }
      table { font-size: 7pt; margin: .2rem 0; }
      th, td { padding: .05rem .4rem .05rem 0; }
      .chart { display: inline-block; width: 49%; }
    }
    @page { margin: 11mm; }
    """
}
