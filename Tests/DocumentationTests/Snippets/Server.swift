import Healing
import HealingServer

extension Example {
  func server() async throws {
    let server = try HealingServer(engine: engine)
    try await server.start()
    // …
    await server.stop()
  }
}
