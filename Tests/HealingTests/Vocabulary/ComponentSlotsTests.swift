import Healing
import Testing

/// The numbers that represent names in samples: reused, but not while a queue may have a sample.
@Suite struct ComponentSlotsTests {
  let slots = ComponentSlots()

  @Test func `a number has its name while its slot lives, and is reused afterwards`() {
    var first: ComponentSlot? = ComponentSlot("a", in: slots)
    let second = ComponentSlot("b", in: slots)
    let number = first?.number
    #expect(number != 0 && number != second.number)
    #expect(slots.name(of: second.number) == "b" && slots.names.count == 2)
    first = nil
    #expect(slots.names.count == 1)
    #expect(ComponentSlot("c", in: slots).number == number)
    withExtendedLifetime(second) {}
  }

  @Test func `a number is not reused while a queue may have samples with it`() {
    let queues = [SlotDrain(of: slots), SlotDrain(of: slots)]
    var slot: ComponentSlot? = ComponentSlot("a", in: slots)
    let number = slot?.number ?? 0
    // Taken out before the slot is gone: a sample may have come since.
    let early = queues.map { $0.mark() }
    slot = nil
    for (queue, mark) in zip(queues, early) { queue.drained(since: mark) }
    #expect(slots.name(of: number) == "a")
    #expect(ComponentSlot("b", in: slots).number != number)
    let late = queues.map { $0.mark() }
    queues[0].drained(since: late[0])
    #expect(slots.name(of: number) == "a", "the other queue may still hold one")
    queues[1].drained(since: late[1])
    #expect(slots.name(of: number) == nil)
  }

  @Test func `a queue that ends blocks no reuse of numbers`() {
    var ending: SlotDrain? = SlotDrain(of: slots)
    let ended = SlotDrain(of: slots)
    var many = (0..<100).map { ComponentSlot(ComponentName("c\($0)"), in: slots) }
    #expect(slots.names.count == 100)
    many = []
    #expect(slots.names.count == 100)
    ended.end()
    #expect(slots.names.count == 100)
    ending = nil
    #expect(slots.names.count == 0)
    // One that begins now cannot hold what was recorded before.
    let new = SlotDrain(of: slots)
    #expect(ComponentSlot("d", in: slots).number == 1)
    withExtendedLifetime((many, ending, new)) {}
  }
}
