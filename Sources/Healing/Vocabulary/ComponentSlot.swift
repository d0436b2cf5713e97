/// A small number that stands for a component's name within this process, so that a ``CallSample`` carries an integer.
///
/// Whoever records calls under the number keeps the slot. When the last reference to it is gone, the number is free again
/// as soon as no queue can hold a sample that carries it: see ``SlotDrain``.
package final class ComponentSlot: Sendable {
  /// The name it stands for.
  package let name: ComponentName
  /// The number, from 1. 0 stands for no component.
  package let number: UInt32
  private let slots: ComponentSlots

  /// Takes a number that is free.
  package init(_ name: ComponentName, in slots: ComponentSlots = .shared) {
    self.name = name
    self.slots = slots
    number = slots.take(for: name)
  }

  deinit { slots.retire(number) }
}
