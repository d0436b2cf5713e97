package import Healing
import Synchronization

extension CallSample {
  private static let slots = Lock<[ComponentName: ComponentSlot]>([:])

  /// A sample of a component that no engine has made. Its name is kept until the process ends.
  package init(component: ComponentName, outcome: CallOutcome, durationNanoseconds: Int64, endedAt: Int64) {
    let slot = Self.slots.withLock { slots in
      let slot = slots[component] ?? ComponentSlot(component)
      slots[component] = slot
      return slot
    }
    self.init(slot: slot.number, outcome: outcome, durationNanoseconds: durationNanoseconds, endedAt: endedAt)
  }
}
