import Dispatch
import Foundation

/// An asynchronous sequence of signals; the signals no longer have their default effect.
final class Signals {
  let received: AsyncStream<Int32>
  private let sources: [any DispatchSourceSignal]

  /// Once this returns, no signal is lost and none ends the process.
  init(_ numbers: [Int32]) {
    let (received, arrival) = AsyncStream.makeStream(of: Int32.self)
    self.received = received
    let registered = DispatchSemaphore(value: 0)
    sources = numbers.map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { arrival.yield(number) }
      // Dispatch handles the signal only from here on; a signal that were ignored before would be lost.
      source.setRegistrationHandler { registered.signal() }
      source.resume()
      registered.wait()
      return source
    }
  }

  deinit { sources.forEach { $0.cancel() } }
}
