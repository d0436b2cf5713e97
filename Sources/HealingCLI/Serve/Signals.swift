import Dispatch
import Foundation

/// Signals as a sequence; they no longer do what they do by themselves.
final class Signals {
  let received: AsyncStream<Int32>
  private let sources: [any DispatchSourceSignal]

  init(_ numbers: [Int32]) {
    let (received, arrival) = AsyncStream.makeStream(of: Int32.self)
    self.received = received
    sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { arrival.yield(number) }
      source.resume()
      return source
    }
  }

  deinit { sources.forEach { $0.cancel() } }
}
