import Foundation
import Glibc
import Testing

@testable import HealingCLI

@Suite struct LogWriterTests {
  /// A pipe with the capacity of one page.
  private struct Pipe {
    let reading: FileHandle
    let writing: FileHandle

    init() throws {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      // F_SETPIPE_SZ, which Swift does not import.
      try #require(fcntl(ends[1], 1_031, 4_096) == 4_096)
      reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
      writing = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    }

    var descriptor: Int32 { writing.fileDescriptor }

    /// Reads until the lines so far are enough.
    func read(until isEnough: ([String]) -> Bool) -> [String] {
      var text = Data()
      while true {
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        if text.last == UInt8(ascii: "\n"), isEnough(lines) { return lines }
        let piece = reading.availableData
        if piece.isEmpty { return lines }
        text += piece
      }
    }
  }

  /// Received lines, and lines reported as missing.
  private func accountedFor(_ lines: [String]) -> Int {
    lines.reduce(0) { $0 + ($1.hasPrefix("dropped ") ? Int($1.dropFirst(8)) ?? 0 : 1) }
  }

  @Test func `an unread pipe blocks no thread, and dropped lines are counted`() throws {
    let pipe = try Pipe()
    let writer = LogWriter(descriptor: pipe.descriptor, capacity: 20_000) { "dropped \($0)" }
    // More than pipe and queue hold: with a write that blocks this would not return.
    for number in 0..<1_000 { writer.write("line \(number) " + String(repeating: "x", count: 90)) }
    writer.flush(within: .zero)
    let lines = pipe.read { accountedFor($0) >= 1_000 }
    #expect(accountedFor(lines) == 1_000)
    let kept = lines.compactMap { $0.hasPrefix("line") ? Int($0.split(separator: " ")[1]) : nil }
    #expect(kept.count >= 100 && kept.count < 1_000 && kept == kept.sorted() && kept.first == 0)
    writer.write("again")
    #expect(pipe.read { $0.contains("again") } == ["again"])
    writer.flush(within: .seconds(60))
  }

  @Test func `the log writer resumes after dropped lines and logs their number`() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let pipe = try Pipe()
    let descriptor = dup(full.fileDescriptor)
    defer { close(descriptor) }
    let writer = LogWriter(descriptor: descriptor) { "dropped \($0)" }
    for _ in 0..<5 { writer.write("lost") }
    writer.flush(within: .seconds(60))
    // There is room again.
    try #require(dup2(pipe.descriptor, descriptor) == descriptor)
    writer.write("kept")
    #expect(pipe.read { $0.contains("dropped 5") } == ["kept", "dropped 5"])
  }
}
