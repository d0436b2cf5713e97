import Foundation
import Healing

// Declarations that the examples of the documentation call.

struct Prompt: Sendable { var text = "" }
struct Model: Sendable {
  func generate(_ prompt: Prompt) async throws -> String { prompt.text }
}
struct Cache: Sendable {
  func answer(to prompt: Prompt) async throws -> String { prompt.text }
}
struct Order: Sendable {}
struct Payments: Sendable {
  func charge(_ order: Order) async throws {}
}
struct Item: Sendable {}
struct Cart {
  var items: [Item] = []
  mutating func add(_ item: Item) { items.append(item) }
}
struct Prices: Sendable {
  func update(_ cart: inout Cart) async throws {}
}
struct Seat: Sendable {}
struct Hall: Sendable {
  func reserve() async throws -> Seat { Seat() }
  func release(_ seat: Seat) async throws {}
}
struct Bank: Sendable {
  struct Charge: Sendable {}
  func charge(_ seat: Seat) async throws -> Charge { Charge() }
  func refund(_ charge: Charge) async throws {}
}
struct Mail: Sendable {
  func sendTicket(_ seat: Seat) async throws {}
}
struct Pool: Sendable {
  func reconnect() async throws {}
}
struct Database: Sendable {
  func ping() async throws {}
  func replicationLag() async throws -> Duration { .zero }
}
struct Pager: Sendable {
  func send(_ message: String) async throws {}
  func resolve(_ name: String) async throws {}
}

let openAI = Model()
let anthropic = Model()
let localModel = Model()
let cache = Cache()
let payments = Payments()
let prices = Prices()
let hall = Hall()
let bank = Bank()
let mail = Mail()
let pool = Pool()
let database = Database()
let pager = Pager()
let prompt = Prompt()
let order = Order()
let item = Item()
let id = "request-1"
let yesterday = Date(timeIntervalSinceNow: -86_400)
