/// Finds the phrases of a set that occur in a sequence of words: a trie over the words' hashes, so the time grows
/// with the words and not with the phrases. ``TextRule`` explains the notation.
///
/// A class, so that a walk passes one reference instead of retaining each table.
final class PhraseIndex: Sendable {
  private enum Element {
    case word(UInt64)
    /// `*`
    case gap
    /// `!a|b`
    case noneOf([UInt64])
    /// `+`
    case seam
  }

  /// Plain integers, so that a walk retains no references; -1 means absent.
  private struct Node {
    /// The value of the phrase that ends here.
    var value = -1
    /// Target node of `*`.
    var gap = -1
    /// Target of `!a|b`, as an index into ``barriers``.
    var barrier = -1
    /// Target node of `+`.
    var seam = -1
  }

  private static let longestGap = 4

  private struct Trie {
    var nodes = [Node()]
    var edges = EdgeTable()
    var barriers: [(words: [UInt64], node: Int)] = []

    mutating func next(after node: Int, _ element: Element) -> Int {
      switch element {
      case .word(let hash):
        if let target = edges.target(from: node, over: hash) { return target }
        nodes.append(Node())
        edges.insert(from: node, over: hash, to: nodes.count - 1)
      case .gap:
        if nodes[node].gap >= 0 { return nodes[node].gap }
        nodes.append(Node())
        nodes[node].gap = nodes.count - 1
      case .seam:
        if nodes[node].seam >= 0 { return nodes[node].seam }
        nodes.append(Node())
        nodes[node].seam = nodes.count - 1
      case .noneOf(let words):
        let barrier = nodes[node].barrier
        if barrier >= 0 && barriers[barrier].words == words { return barriers[barrier].node }
        nodes.append(Node())
        nodes[node].barrier = barriers.count
        barriers.append((words, nodes.count - 1))
      }
      return nodes.count - 1
    }
  }

  private let nodes: [Node]
  private let edges: EdgeTable
  private let barriers: [(words: [UInt64], node: Int)]

  /// - Parameter phrases: each with the value that a match reports. Of equal phrases the first applies.
  init(_ phrases: [(phrase: String, value: Int)]) {
    var trie = Trie()
    for (phrase, value) in phrases {
      for reading in Self.readings(of: phrase) {
        var node = 0
        for element in reading { node = trie.next(after: node, element) }
        if trie.nodes[node].value < 0 { trie.nodes[node].value = value }
      }
    }
    nodes = trie.nodes
    edges = trie.edges
    barriers = trie.barriers
  }

  /// Calls `body` with the value of each phrase that begins at `start`.
  func forEachMatch(in words: [WordScan.Word], at start: Int, _ body: (Int) -> Void) {
    if let node = edges.target(from: 0, over: words[start].hash) { follow(node, words, start + 1, body) }
  }

  private func follow(_ node: Int, _ words: [WordScan.Word], _ index: Int, _ body: (Int) -> Void) {
    let here = nodes[node]
    if here.value >= 0 { body(here.value) }
    if index < words.count, let node = edges.target(from: node, over: words[index].hash) {
      follow(node, words, index + 1, body)
    }
    if here.seam >= 0 && index < words.count
      && words[index].range.lowerBound == words[index - 1].range.upperBound
    {
      follow(here.seam, words, index, body)
    }
    if here.gap >= 0 {
      for skipped in index...min(index + Self.longestGap, words.count) {
        follow(here.gap, words, skipped, body)
      }
    }
    if here.barrier >= 0 {
      let barrier = barriers[here.barrier]
      if index == words.count || !barrier.words.contains(words[index].hash) {
        follow(barrier.node, words, index, body)
      }
    }
  }

  /// Expands a phrase: `a|b c?` is `a`, `b`, `a c` and `b c`.
  private static func readings(of phrase: String) -> [[Element]] {
    phrase.split(separator: " ").reduce(into: [[]]) { readings, part in
      let choices = choices(for: part)
      readings = readings.flatMap { reading in choices.map { reading + $0 } }
    }
  }

  private static func choices(for part: Substring) -> [[Element]] {
    if part == "*" { return [[.gap]] }
    if part == "+" { return [[.seam]] }
    if part.first == "!" { return [[.noneOf(hashes(of: part.dropFirst()))]] }
    if part.last == "?" { return choices(for: part.dropLast()) + [[]] }
    return part.split(separator: "|").map { word in WordScan.hashes(of: String(word)).map { .word($0) } }
  }

  private static func hashes(of words: Substring) -> [UInt64] {
    words.split(separator: "|").flatMap { WordScan.hashes(of: String($0)) }
  }
}
