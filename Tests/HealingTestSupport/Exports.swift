// Tests use `VirtualTime` without a second import.
@_exported public import HealingTesting
