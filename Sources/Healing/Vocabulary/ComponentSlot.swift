/// A number that identifies a component within this process, so that a ``CallSample`` carries an integer instead of
/// a name.
///
/// The recorder of calls under the number keeps the slot. After the last reference is released, the number becomes
/// free once no queue can hold a sample that carries it: see ``SlotDrain``.
package final class ComponentSlot: Sendable {
  /// The component's name.
  package let name: ComponentName
  /// The number, from 1. 0 means no component.
  package let number: UInt32
  private let slots: ComponentSlots

  /// Allocates a free number for a name.
  package init(_ name: ComponentName, in slots: ComponentSlots = .shared) {
    self.name = name
    self.slots = slots
    number = slots.take(for: name)
  }

  deinit { slots.retire(number) }
}
