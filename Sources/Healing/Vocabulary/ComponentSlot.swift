/// A small number that stands for a component's name within this process, so that a ``CallSample`` carries an integer.
///
/// Whoever records calls under the number keeps the slot. When the last reference to it is gone, the number is free again
/// as soon as no queue can hold a sample that carries it: see ``SlotDrain``.
package final class ComponentSlot: Sendable {
  /// The name it stands for.
  package let name: ComponentName
  /// The number, from 1. 0 stands for no component.
  package let number: UInt32

  /// Takes a number that is free.
  package init(_ name: ComponentName) {
    self.name = name
    number = ComponentSlots.shared.take(for: name)
  }

  deinit { ComponentSlots.shared.retire(number) }

  /// The name that a number stands for. Asked about a number that a sample carries, which is not given back before the
  /// sample is written, it is always there.
  package static func name(of number: UInt32) -> ComponentName? { ComponentSlots.shared.name(of: number) }
}
